-- Addresses of mails that are not sent yet. Events refer to them by id, because events contain no addresses. A row is deleted when its
-- mail has been sent.
CREATE TABLE mail_recipients (
    id         BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    email      VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    created_at DATETIME(6) NOT NULL,
    KEY mail_recipients_by_age (created_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
