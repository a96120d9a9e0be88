export default {
  "id": "evt_39de45636f6a2ad8",
  "type": "contact.created",
  "created_at": "2025-02-22T14:41:00Z",
  "contact_id": "con_0ac0514ed0711462",
  "address": {
    "line_1": "12 Mill Lane",
    "line_2": "Unit 3",
    "city": "Bristol",
    "postal_code": "BS1 4ST",
    "state": "Somerset",
    "country_alpha2": "GB"
  },
  "company_registration_number": "01234567",
  "contact_created_at": "2025-02-22T14:41:00Z",
  "email": "jane.doe@example.com",
  "full_name": "Jane Doe",
  "identity_check": {
    "required": false,
    "status": "not_attempted"
  },
  "marketing_source": "google_search",
  "metadata": {
    "source": "zapier",
    "external_id": "abc_123"
  },
  "phone_number": "+447700900123",
  "source": "walkin",
  "status": "lead",
  "stripe_customer_id": "cus_Qx4dT7bWn2kLm9",
  "tax_id": "GB123456789",
  "tenancies_count": 0,
  "contact_type": "company",
  "updated_at": "2025-02-22T14:41:00Z",
  "use_case": "more_space",
  "flat": {
    "contact_id": "con_0ac0514ed0711462"
  }
};
