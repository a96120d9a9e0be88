export default {
  "id": "evt_9d4628ce133f2f66",
  "type": "deal.lost",
  "created_at": "2025-02-22T14:41:00Z",
  "deal_id": "deal_a1b2c3d4e5f67890",
  "assignee": {
    "id": "staff_06778802edebb94d"
  },
  "contact": {
    "id": "con_0ac0514ed0711462"
  },
  "deal_created_at": "2025-02-17T09:15:00Z",
  "creator": {
    "id": "app_531844f4c4837d61"
  },
  "line_items": [
    {
      "item": {
        "id": "utype_f18fc91387cdf710"
      },
      "quantity": 1,
      "type": "unit_type"
    }
  ],
  "lost_reason": "price_concerns",
  "metadata": {
    "source": "zapier",
    "external_id": "abc_123"
  },
  "name": "Doe Interiors: 75 sq ft",
  "note": "£120 per month",
  "site": {
    "id": "site_14b419f1096013f1"
  },
  "stage": {
    "id": "dstg_127b3057d5df338e"
  },
  "starts_at": "2025-03-01T09:00:00Z",
  "status": "lost",
  "updated_at": "2025-02-22T14:41:00Z",
  "value_estimate": "£120 per month",
  "flat": {
    "deal_id": "deal_a1b2c3d4e5f67890",
    "assignee_id": "staff_06778802edebb94d",
    "contact_id": "con_0ac0514ed0711462",
    "creator_id": "app_531844f4c4837d61",
    "site_id": "site_14b419f1096013f1",
    "stage_id": "dstg_127b3057d5df338e"
  }
};
