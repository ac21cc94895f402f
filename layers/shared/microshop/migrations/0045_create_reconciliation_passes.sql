-- Passes of reconciliation over all rows of a table, in slices: where the next slice begins, and when the last complete
-- pass began. Without a pass in progress, started_at is null.
CREATE TABLE reconciliation_passes (
    name          VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    next_id       BIGINT NOT NULL DEFAULT 0,
    rows_read     BIGINT NOT NULL DEFAULT 0,
    started_at    DATETIME(6) NULL,
    expected_rows BIGINT NULL,
    covered_since DATETIME(6) NULL,
    PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
