-- When staff disabled the account. The index finds the admins of the previous release, which become owners.
ALTER TABLE users
    ADD COLUMN disabled_at DATETIME(6) NULL,
    ADD KEY users_by_role (role),
    ADD KEY users_by_disabled_at (disabled_at)
