export default {
  "id": "evt_134b0c475cab7b87",
  "type": "invoice.marked_uncollectible",
  "created_at": "2025-02-22T14:41:00Z",
  "invoice_id": "inv_1952e6fa79ae15df",
  "amount_due": {
    "amount": 14400,
    "currency": "GBP",
    "formatted": "£144.00"
  },
  "amount_paid": {
    "amount": 0,
    "currency": "GBP",
    "formatted": "£0.00"
  },
  "contact": {
    "id": "con_0ac0514ed0711462"
  },
  "invoice_created_at": "2025-02-17T09:15:00Z",
  "finalized_at": "2025-02-18T09:15:00Z",
  "line_items": [
    {
      "accounting_code": "RENT-75",
      "description": "Rent for unit A-104",
      "discount_total": {
        "amount": 0,
        "currency": "GBP",
        "formatted": "£0.00"
      },
      "price": {
        "amount": 12000,
        "currency": "GBP",
        "formatted": "£120.00"
      },
      "proration": false,
      "quantity": 1,
      "tax": {
        "amount": 2400,
        "currency": "GBP",
        "formatted": "£24.00"
      },
      "total": {
        "amount": 14400,
        "currency": "GBP",
        "formatted": "£144.00"
      },
      "total_excluding_tax": {
        "amount": 12000,
        "currency": "GBP",
        "formatted": "£120.00"
      },
      "type": "unit_type"
    }
  ],
  "number": "ABC-361",
  "paid_at": null,
  "period_end": "2025-03-31T23:59:59Z",
  "period_start": "2025-03-01T00:00:00Z",
  "post_payment_credit_notes_amount": {
    "amount": 0,
    "currency": "GBP",
    "formatted": "£0.00"
  },
  "pre_payment_credit_notes_amount": {
    "amount": 0,
    "currency": "GBP",
    "formatted": "£0.00"
  },
  "purchase_order_number": "PO987654321",
  "site": {
    "id": "site_14b419f1096013f1"
  },
  "status": "uncollectible",
  "stripe_invoice_id": "in_1QvN2x7bWn2kLm9",
  "subscription": {
    "id": "sub_125c561ac05edfa1"
  },
  "subtotal": {
    "amount": 12000,
    "currency": "GBP",
    "formatted": "£120.00"
  },
  "tax": {
    "amount": 2400,
    "currency": "GBP",
    "formatted": "£24.00"
  },
  "total": {
    "amount": 14400,
    "currency": "GBP",
    "formatted": "£144.00"
  },
  "total_discount": {
    "amount": 0,
    "currency": "GBP",
    "formatted": "£0.00"
  },
  "total_excluding_tax": {
    "amount": 12000,
    "currency": "GBP",
    "formatted": "£120.00"
  },
  "updated_at": "2025-02-22T14:41:00Z",
  "flat": {
    "invoice_id": "inv_1952e6fa79ae15df",
    "amount_due": "144.00",
    "amount_paid": "0.00",
    "contact_id": "con_0ac0514ed0711462",
    "post_payment_credit_notes_amount": "0.00",
    "pre_payment_credit_notes_amount": "0.00",
    "site_id": "site_14b419f1096013f1",
    "subscription_id": "sub_125c561ac05edfa1",
    "subtotal": "120.00",
    "tax": "24.00",
    "total": "144.00",
    "total_discount": "0.00",
    "total_excluding_tax": "120.00",
    "currency": "GBP"
  }
};
