export default {
  "id": "evt_7109c5c4b3f95961",
  "type": "order.completed",
  "created_at": "2025-02-22T14:41:00Z",
  "order_id": "order_942ae99a1fdc940e",
  "billing_period": "monthly",
  "contact": {
    "id": "con_0ac0514ed0711462"
  },
  "contract_template": {
    "id": "ctpl_33ae8d0b2b371ba2"
  },
  "coupon": {
    "id": "cpn_a26d0d4c582740c1"
  },
  "order_created_at": "2025-02-17T09:15:00Z",
  "email_notifications": {
    "booking_confirmation": true,
    "move_in_day": true
  },
  "line_items": [
    {
      "id": "olitm_1001cbd3d5fec937"
    }
  ],
  "metadata": {
    "source": "zapier",
    "external_id": "abc_123"
  },
  "one_time_total": {
    "amount": 5000,
    "currency": "GBP",
    "formatted": "£50.00"
  },
  "one_time_total_excluding_tax": {
    "amount": 5000,
    "currency": "GBP",
    "formatted": "£50.00"
  },
  "payment_method": "card",
  "payment_url": "https://acme.stora.test/pay/order_942ae99a1fdc940e",
  "purchase_order_number": "PO987654321",
  "site": {
    "id": "site_14b419f1096013f1"
  },
  "source": "public_api",
  "starts_at": "2025-03-01T09:00:00Z",
  "status": "completed",
  "subscription": {
    "id": "sub_125c561ac05edfa1"
  },
  "subtotal": {
    "amount": 12000,
    "currency": "GBP",
    "formatted": "£120.00"
  },
  "tax": {
    "amount": 1200,
    "currency": "GBP",
    "formatted": "£12.00"
  },
  "tenancy": {
    "id": "ten_acaf3269a573af74"
  },
  "total": {
    "amount": 7200,
    "currency": "GBP",
    "formatted": "£72.00"
  },
  "total_discount": {
    "amount": 6000,
    "currency": "GBP",
    "formatted": "£60.00"
  },
  "total_excluding_tax": {
    "amount": 6000,
    "currency": "GBP",
    "formatted": "£60.00"
  },
  "updated_at": "2025-02-22T14:41:00Z",
  "flat": {
    "order_id": "order_942ae99a1fdc940e",
    "contact_id": "con_0ac0514ed0711462",
    "contract_template_id": "ctpl_33ae8d0b2b371ba2",
    "coupon_id": "cpn_a26d0d4c582740c1",
    "one_time_total": "50.00",
    "one_time_total_excluding_tax": "50.00",
    "site_id": "site_14b419f1096013f1",
    "subscription_id": "sub_125c561ac05edfa1",
    "subtotal": "120.00",
    "tax": "12.00",
    "tenancy_id": "ten_acaf3269a573af74",
    "total": "72.00",
    "total_discount": "60.00",
    "total_excluding_tax": "60.00",
    "currency": "GBP"
  }
};
