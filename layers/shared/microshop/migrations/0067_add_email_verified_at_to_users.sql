-- When the owner of the account proved that they read the mail of its address; NULL if they have not.
ALTER TABLE users ADD COLUMN email_verified_at DATETIME(6) NULL
