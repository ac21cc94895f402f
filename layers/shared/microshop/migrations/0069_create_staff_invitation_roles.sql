-- The roles that an invitation offers. A role that is deleted meanwhile is no longer offered.
CREATE TABLE staff_invitation_roles (
    invitation_id BIGINT NOT NULL,
    role_id       BIGINT NOT NULL,
    PRIMARY KEY (invitation_id, role_id),
    KEY staff_invitation_roles_by_role (role_id),
    CONSTRAINT staff_invitation_roles_invitation FOREIGN KEY (invitation_id) REFERENCES staff_invitations (id)
        ON DELETE CASCADE,
    CONSTRAINT staff_invitation_roles_role FOREIGN KEY (role_id) REFERENCES roles (id) ON DELETE CASCADE
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci
