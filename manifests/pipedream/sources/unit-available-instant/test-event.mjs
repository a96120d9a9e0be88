export default {
  "id": "evt_8b89827f5c7d82ae",
  "type": "unit.available",
  "created_at": "2025-02-22T14:41:00Z",
  "unit_id": "unit_1e36123098e22cf8",
  "unit_created_at": "2025-02-17T09:15:00Z",
  "reference_id": "A-104",
  "site": {
    "id": "site_14b419f1096013f1"
  },
  "status": "available",
  "unit_allocation": null,
  "unit_type": {
    "id": "utype_f18fc91387cdf710"
  },
  "updated_at": "2025-02-22T14:41:00Z",
  "flat": {
    "unit_id": "unit_1e36123098e22cf8",
    "site_id": "site_14b419f1096013f1",
    "unit_allocation_id": null,
    "unit_type_id": "utype_f18fc91387cdf710"
  }
};
