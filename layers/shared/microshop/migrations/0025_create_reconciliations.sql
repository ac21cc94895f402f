-- Reports of reconciliations: what was checked and what did not agree, as JSON.
CREATE TABLE reconciliations (
    id            BIGINT NOT NULL AUTO_INCREMENT,
    started_at    DATETIME(6) NOT NULL,
    finished_at   DATETIME(6) NOT NULL,
    disagreements INT NOT NULL,
    repaired      INT NOT NULL,
    report        MEDIUMTEXT NOT NULL,
    PRIMARY KEY (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
