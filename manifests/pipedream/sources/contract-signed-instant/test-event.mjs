export default {
  "id": "evt_7f95a6bd6429e84c",
  "type": "contract.signed",
  "created_at": "2025-02-22T14:41:00Z",
  "contract_id": "ctr_a1b2c3d4e5f67890",
  "_links": {
    "sf:show_contract": {
      "href": "/contracts/ctr_a1b2c3d4e5f67890",
      "title": "Show contract"
    }
  },
  "contact": {
    "id": "con_0ac0514ed0711462"
  },
  "contract_template": {
    "id": "ctpl_33ae8d0b2b371ba2"
  },
  "contract_created_at": "2025-02-17T09:15:00Z",
  "name": "Indoor Storage Contract",
  "sent_at": "2025-02-18T09:00:00Z",
  "signed_at": "2025-02-22T14:41:00Z",
  "status": "signed",
  "tenancy": {
    "id": "ten_acaf3269a573af74"
  },
  "updated_at": "2025-02-22T14:41:00Z",
  "flat": {
    "contract_id": "ctr_a1b2c3d4e5f67890",
    "show_contract_url": "https://acme.stora.test/contracts/ctr_a1b2c3d4e5f67890",
    "contact_id": "con_0ac0514ed0711462",
    "contract_template_id": "ctpl_33ae8d0b2b371ba2",
    "tenancy_id": "ten_acaf3269a573af74"
  }
};
