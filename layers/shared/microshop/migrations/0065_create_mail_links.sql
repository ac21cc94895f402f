-- One-time links that were sent by mail and not used yet. `subject_id` is the account, or for an invitation of staff its id; `email` is
-- the address that the link was sent to.
CREATE TABLE mail_links (
    token_hash BINARY(32) NOT NULL PRIMARY KEY,
    purpose    VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    subject_id BIGINT NOT NULL,
    email      VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    expires_at DATETIME(6) NOT NULL,
    KEY mail_links_of_subject (purpose, subject_id),
    KEY mail_links_by_expiry (expires_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
