-- Admins list the orders in a pair of states, such as delivered and partially refunded, and those above or below a total.
-- Of many orders in one of the states, few may be in both.
ALTER TABLE orders
    ADD KEY orders_by_states (status, payment_status, id),
    ADD KEY orders_by_total (total_minor, id)
