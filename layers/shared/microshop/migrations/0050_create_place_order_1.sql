-- Writes an order and takes its stock in one transaction, so that no network latency passes while products are locked.
-- Python has computed every value (orders/placing.py); here are only the conditions that need a lock or a constraint.
-- Its caller's rights apply (INVOKER). A change gets the next number, place_order_2, and a release later this one goes:
-- the previous release calls it during a deployment.
CREATE PROCEDURE place_order_1 (
    p_order_id           BIGINT,
    p_order_number       VARCHAR(16) CHARACTER SET ascii,
    p_user_id            BIGINT,
    p_status             VARCHAR(16) CHARACTER SET ascii,
    p_payment_status     VARCHAR(24) CHARACTER SET ascii,
    p_payment_method     VARCHAR(24) CHARACTER SET ascii,
    p_currency           CHAR(3) CHARACTER SET ascii,
    p_subtotal_minor     BIGINT,
    p_shipping_minor     BIGINT,
    p_tax_minor          BIGINT,
    p_total_minor        BIGINT,
    p_address            MEDIUMTEXT CHARACTER SET utf8mb4,
    p_expires_at         DATETIME(6),
    p_placed_at          DATETIME(6),
    p_lines              MEDIUMTEXT CHARACTER SET utf8mb4,
    p_actor              VARCHAR(16) CHARACTER SET ascii,
    p_actor_id           BIGINT,
    p_event_id           CHAR(36) CHARACTER SET ascii,
    p_event_type         VARCHAR(64) CHARACTER SET ascii,
    p_event_aggregate    VARCHAR(64) CHARACTER SET ascii,
    p_event_detail       MEDIUMTEXT CHARACTER SET utf8mb4,
    p_low_stock_events   MEDIUMTEXT CHARACTER SET utf8mb4,
    p_trace_header       VARCHAR(255) CHARACTER SET ascii,
    p_max_unpaid         INT,
    p_idempotency_key    VARCHAR(128) CHARACTER SET ascii,
    p_fingerprint        CHAR(64) CHARACTER SET ascii,
    p_answer             MEDIUMTEXT CHARACTER SET utf8mb4
)
MODIFIES SQL DATA
SQL SECURITY INVOKER
BEGIN
    DECLARE locked_user_id BIGINT;
    DECLARE open_orders INT DEFAULT 0;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
        ROLLBACK;
        RESIGNAL;
    END;

    START TRANSACTION;

    -- First: a concurrent request with the same key waits here.
    IF p_idempotency_key IS NOT NULL THEN
        INSERT INTO idempotency_keys (user_id, idempotency_key, fingerprint, answer, created_at)
        VALUES (p_user_id, p_idempotency_key, p_fingerprint, p_answer, p_placed_at);
    END IF;

    -- Serialises the orders of a customer: two concurrent requests would count the same open orders, which are neither
    -- paid nor shipped. At the limit, user_id is NULL, which the table refuses.
    SELECT id INTO locked_user_id FROM users WHERE id = p_user_id FOR UPDATE;
    IF p_payment_status = 'unpaid' THEN
        SELECT COUNT(*) INTO open_orders
        FROM orders FORCE INDEX (orders_open_of_user)
        WHERE user_id = p_user_id
          AND (status = 'pending' OR (status = 'confirmed' AND payment_status = 'unpaid'));
    END IF;
    INSERT INTO orders (id, order_number, user_id, status, payment_status, payment_method, currency, subtotal_minor,
                        shipping_minor, tax_minor, total_minor, address, expires_at, version, created_at, updated_at)
    VALUES (p_order_id, p_order_number, IF(p_payment_status <> 'unpaid' OR open_orders < p_max_unpaid, p_user_id, NULL),
            p_status, p_payment_status, p_payment_method, p_currency, p_subtotal_minor, p_shipping_minor, p_tax_minor,
            p_total_minor, p_address, p_expires_at, 1, p_placed_at, p_placed_at);

    INSERT INTO order_lines (order_id, product_id, position, sku, name, unit_price_minor, quantity)
    SELECT p_order_id, line.product_id, line.position, line.sku, line.name, line.unit_price_minor, line.quantity
    FROM JSON_TABLE(p_lines, '$[*]' COLUMNS (
        product_id       BIGINT PATH '$.product_id',
        position         SMALLINT PATH '$.position',
        sku              VARCHAR(64) CHARACTER SET utf8mb4 PATH '$.sku',
        name             VARCHAR(200) CHARACTER SET utf8mb4 PATH '$.name',
        unit_price_minor BIGINT PATH '$.unit_price_minor',
        quantity         INT PATH '$.quantity'
    )) AS line;

    INSERT INTO order_history (order_id, version, action, status, payment_status, actor, actor_id, event_id, created_at)
    VALUES (p_order_id, 1, 'placed', p_status, p_payment_status, p_actor, p_actor_id, p_event_id, p_placed_at);

    INSERT INTO outbox (event_id, type, aggregate, detail, trace_header, created_at, next_attempt_at)
    VALUES (p_event_id, p_event_type, p_event_aggregate, p_event_detail, p_trace_header, p_placed_at, p_placed_at);

    -- An order with nothing to pay is paid at once.
    IF p_total_minor = 0 THEN
        INSERT INTO payments (order_id, attempt, provider, state, amount_minor, currency, captured_minor, created_at,
                              updated_at)
        VALUES (p_order_id, 1, 'free', 'captured', 0, p_currency, 0, p_placed_at, p_placed_at);
        INSERT INTO payment_entries (payment_id, kind, amount_minor, currency, reason, created_at)
        VALUES (LAST_INSERT_ID(), 'captured', 0, p_currency, 'nothing to pay', p_placed_at);
    END IF;

    INSERT INTO stock_movements (product_id, kind, quantity, order_id, refund_id, user_id, reason, created_at)
    SELECT product_id, 'sold', -quantity, p_order_id, 0, p_user_id, 'order placed', p_placed_at
    FROM order_lines
    WHERE order_id = p_order_id;

    -- Last: it locks the products, in the order of their ids, which prevents deadlocks between orders. The stock becomes
    -- negative if too few units are left. It becomes NULL if the product is off sale, if its price or currency has
    -- changed since it was read, or if it would become low without an event. The table refuses both.
    UPDATE order_lines AS line FORCE INDEX (PRIMARY)
    STRAIGHT_JOIN products AS product FORCE INDEX (PRIMARY) ON product.id = line.product_id
    SET product.stock = IF(
        product.archived = FALSE
        AND product.price_minor = line.unit_price_minor
        AND product.currency = p_currency
        AND (
            p_low_stock_events IS NOT NULL
            OR product.stock < product.low_stock_threshold
            OR product.stock - line.quantity >= product.low_stock_threshold
        ),
        product.stock - line.quantity,
        NULL
    )
    WHERE line.order_id = p_order_id;

    -- Adds the events of the products that crossed their threshold. Stock and threshold are those of the locked rows.
    IF p_low_stock_events IS NOT NULL THEN
        INSERT INTO outbox (event_id, type, aggregate, detail, trace_header, created_at, next_attempt_at)
        SELECT event.event_id, event.type, event.aggregate,
               JSON_SET(event.detail, '$.data.stock', product.stock, '$.data.threshold', product.low_stock_threshold),
               p_trace_header, p_placed_at, p_placed_at
        FROM JSON_TABLE(p_low_stock_events, '$[*]' COLUMNS (
            product_id BIGINT PATH '$.product_id',
            event_id   CHAR(36) CHARACTER SET ascii PATH '$.event_id',
            type       VARCHAR(64) CHARACTER SET ascii PATH '$.type',
            aggregate  VARCHAR(64) CHARACTER SET ascii PATH '$.aggregate',
            detail     MEDIUMTEXT CHARACTER SET utf8mb4 PATH '$.detail'
        )) AS event
        JOIN order_lines AS line ON line.order_id = p_order_id AND line.product_id = event.product_id
        JOIN products AS product ON product.id = event.product_id
        WHERE product.stock < product.low_stock_threshold
          AND product.stock + line.quantity >= product.low_stock_threshold;
    END IF;

    COMMIT;
END
