-- The scopes of the roles that come with the shop. Owners may do everything, packers may not refund.
INSERT INTO role_scopes (role_id, scope)
VALUES (1, 'read_orders'), (1, 'write_orders'), (1, 'refund'), (1, 'write_catalogue'), (1, 'write_stock'),
       (1, 'read_customers'), (1, 'write_customers'), (1, 'write_promotions'), (1, 'moderate'), (1, 'operate'),
       (1, 'manage_staff'),
       (2, 'read_orders'), (2, 'write_orders'), (2, 'refund'), (2, 'write_catalogue'), (2, 'write_stock'),
       (2, 'read_customers'), (2, 'write_customers'), (2, 'write_promotions'), (2, 'moderate'),
       (3, 'read_orders'), (3, 'write_orders'), (3, 'write_stock'),
       (4, 'read_orders'), (4, 'write_orders'), (4, 'read_customers'), (4, 'write_customers'), (4, 'moderate'),
       (5, 'read_orders'), (5, 'refund')
