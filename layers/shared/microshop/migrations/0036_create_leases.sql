-- Which schedule runs, and until when at the longest: a run that died leaves nothing behind that keeps the next one out.
CREATE TABLE leases (
    name       VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    holder     CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    held_until DATETIME(6) NOT NULL,
    PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
