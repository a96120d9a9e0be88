export default {
  "id": "evt_356a0ea3fdb163fe",
  "type": "subscription.cancelled",
  "created_at": "2025-02-22T14:41:00Z",
  "subscription_id": "sub_125c561ac05edfa1",
  "billing_period": "monthly",
  "cancellation_reason": "No longer needs the space",
  "cancelled": true,
  "contact": {
    "id": "con_0ac0514ed0711462"
  },
  "subscription_created_at": "2024-08-26T14:41:00Z",
  "current_period": {
    "ends_at": "2025-02-24T14:41:00Z",
    "starts_at": "2025-01-25T14:41:00Z"
  },
  "ends_at": "2025-02-24T14:41:00Z",
  "line_items": [
    {
      "created_at": "2024-08-26T14:41:00Z",
      "item": {
        "id": "utype_f18fc91387cdf710"
      },
      "price": {
        "amount": 12000,
        "currency": "GBP",
        "formatted": "£120.00"
      },
      "quantity": 1,
      "type": "unit_type",
      "updated_at": "2025-02-22T14:41:00Z"
    }
  ],
  "order": {
    "id": "order_942ae99a1fdc940e"
  },
  "site": {
    "id": "site_14b419f1096013f1"
  },
  "starts_at": "2024-08-28T14:41:00Z",
  "stripe_subscription_id": "sub_1QvN2x7bWn2kLm9",
  "stripe_subscription_schedule_id": "sub_sched_1QvN2x7bWn2kLm9",
  "tenancy": {
    "id": "ten_acaf3269a573af74"
  },
  "updated_at": "2025-02-22T14:41:00Z",
  "flat": {
    "subscription_id": "sub_125c561ac05edfa1",
    "contact_id": "con_0ac0514ed0711462",
    "order_id": "order_942ae99a1fdc940e",
    "site_id": "site_14b419f1096013f1",
    "tenancy_id": "ten_acaf3269a573af74"
  }
};
