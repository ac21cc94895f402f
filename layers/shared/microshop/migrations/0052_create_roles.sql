-- Roles of staff. The first five come with the shop; role 1, owner, has every scope and never changes.
CREATE TABLE roles (
    id         BIGINT NOT NULL AUTO_INCREMENT,
    name       VARCHAR(50) NOT NULL,
    is_seeded  BOOLEAN NOT NULL DEFAULT FALSE,
    version    INT NOT NULL DEFAULT 1,
    created_at DATETIME(6) NOT NULL,
    updated_at DATETIME(6) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE KEY roles_name (name)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
