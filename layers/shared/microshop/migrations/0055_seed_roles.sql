-- The roles that come with the shop.
INSERT INTO roles (id, name, is_seeded, created_at, updated_at)
VALUES (1, 'owner', TRUE, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)),
       (2, 'manager', TRUE, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)),
       (3, 'packer', TRUE, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)),
       (4, 'support', TRUE, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)),
       (5, 'accountant', TRUE, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))
