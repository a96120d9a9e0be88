export default {
  "id": "evt_f6a6966688dac7bb",
  "type": "unit.overlocked",
  "created_at": "2025-02-22T14:41:00Z",
  "unit_id": "unit_1e36123098e22cf8",
  "unit_created_at": "2025-02-17T09:15:00Z",
  "reference_id": "A-104",
  "site": {
    "id": "site_14b419f1096013f1"
  },
  "status": "overlocked",
  "unit_allocation": {
    "id": "alloc_5f7475758314968d"
  },
  "unit_type": {
    "id": "utype_f18fc91387cdf710"
  },
  "updated_at": "2025-02-22T14:41:00Z",
  "flat": {
    "unit_id": "unit_1e36123098e22cf8",
    "site_id": "site_14b419f1096013f1",
    "unit_allocation_id": "alloc_5f7475758314968d",
    "unit_type_id": "utype_f18fc91387cdf710"
  }
};
