-- What staff and API keys have changed. The application can add rows and read them, and nobody rewrites what happened.
-- user_id has no foreign key, because a row outlives its user. changes: field → [before, after], or null for a field with
-- personal data, so that the erasure of a person leaves nothing here to erase.
-- grants: SELECT, INSERT
CREATE TABLE audit_log (
    id         BIGINT NOT NULL AUTO_INCREMENT,
    at         DATETIME(6) NOT NULL,
    user_id    BIGINT NOT NULL,
    key_id     BIGINT NULL,
    action     VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    entity     VARCHAR(30) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    entity_id  BIGINT NULL,
    changes    JSON NULL,
    request_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    PRIMARY KEY (id),
    KEY audit_log_entity (entity, entity_id, id),
    KEY audit_log_user (user_id, id),
    KEY audit_log_key (key_id, id),
    KEY audit_log_action (action, id),
    KEY audit_log_at (at, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
