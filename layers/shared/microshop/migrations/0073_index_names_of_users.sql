-- Staff search customers by the beginning of their name. An account that staff disabled has their reason.
ALTER TABLE users
    ADD COLUMN disabled_reason VARCHAR(200) NULL,
    ADD KEY users_by_username (username, id)
