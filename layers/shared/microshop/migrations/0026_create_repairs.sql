-- The audit trail of repairs, each written in the transaction of what it repaired.
CREATE TABLE repairs (
    id         BIGINT NOT NULL AUTO_INCREMENT,
    kind       VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    subject    VARCHAR(100) NOT NULL,
    note       VARCHAR(500) NOT NULL,
    created_at DATETIME(6) NOT NULL,
    PRIMARY KEY (id),
    KEY repairs_of_subject (subject)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
