-- Disagreements that reconciliation has found: every run compares them again until they are gone.
CREATE TABLE reconciliation_findings (
    check_name VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    subject_id BIGINT NOT NULL,
    found_at   DATETIME(6) NOT NULL,
    PRIMARY KEY (check_name, subject_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
