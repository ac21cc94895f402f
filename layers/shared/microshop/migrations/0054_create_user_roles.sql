-- The roles of each member of staff. A role with members cannot be deleted.
CREATE TABLE user_roles (
    user_id BIGINT NOT NULL,
    role_id BIGINT NOT NULL,
    PRIMARY KEY (user_id, role_id),
    KEY user_roles_by_role (role_id, user_id),
    CONSTRAINT user_roles_user FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT user_roles_role FOREIGN KEY (role_id) REFERENCES roles (id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
