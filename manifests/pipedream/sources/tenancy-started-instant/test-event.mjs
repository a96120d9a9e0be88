export default {
  "id": "evt_0ae8d5c979644492",
  "type": "tenancy.started",
  "created_at": "2025-02-22T14:41:00Z",
  "tenancy_id": "ten_acaf3269a573af74",
  "contact": {
    "id": "con_0ac0514ed0711462"
  },
  "tenancy_created_at": "2025-02-17T09:15:00Z",
  "ends_at": null,
  "order": {
    "id": "order_942ae99a1fdc940e"
  },
  "site": {
    "id": "site_14b419f1096013f1"
  },
  "starts_at": "2025-02-22T14:41:00Z",
  "subscription": {
    "id": "sub_125c561ac05edfa1"
  },
  "unit_allocations": [
    {
      "id": "alloc_5f7475758314968d"
    }
  ],
  "updated_at": "2025-02-22T14:41:00Z",
  "flat": {
    "tenancy_id": "ten_acaf3269a573af74",
    "contact_id": "con_0ac0514ed0711462",
    "order_id": "order_942ae99a1fdc940e",
    "site_id": "site_14b419f1096013f1",
    "subscription_id": "sub_125c561ac05edfa1"
  }
};
