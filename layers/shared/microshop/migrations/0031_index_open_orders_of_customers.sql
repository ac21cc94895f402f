-- How many orders of a customer are open is counted when the next one is placed.
ALTER TABLE orders
    ADD KEY orders_open_of_user (user_id, status, payment_status)
