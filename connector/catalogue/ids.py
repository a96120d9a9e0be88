"""How Stora names its objects, and from which picklist a person chooses one.

Ids are opaque: a prefix, an underscore and 16 characters; they are never taken apart.
The ids below are the examples that all descriptions and samples share, so that the contact of a
sample invoice is the contact of the sample tenancy.
"""

from typing import Final

EXAMPLE_IDS: Final = {
    "access_token": "tok_5b0f6ce1a7d94e32",
    "application": "app_531844f4c4837d61",
    "contact": "con_0ac0514ed0711462",
    "contract": "ctr_a1b2c3d4e5f67890",
    "contract_template": "ctpl_33ae8d0b2b371ba2",
    "coupon": "cpn_a26d0d4c582740c1",
    "credit_note": "cred_99d05a6f16ae0157",
    "deal": "deal_a1b2c3d4e5f67890",
    "deal_stage": "dstg_127b3057d5df338e",
    "identity_verification": "idver_f0e9d8c7b6a59483",
    "invoice": "inv_1952e6fa79ae15df",
    "note": "note_a1b2c3d4e5f67890",
    "order": "order_942ae99a1fdc940e",
    "order_line_item": "olitm_1001cbd3d5fec937",
    "product": "prod_2af1a177df617f3c",
    "product_category": "pcat_643d3a52e2702246",
    "protection_level": "plvl_e8f3ad0a07e47566",
    "site": "site_14b419f1096013f1",
    "staff": "staff_06778802edebb94d",
    "subscription": "sub_125c561ac05edfa1",
    "task": "task_a1b2c3d4e5f67890",
    "tenancy": "ten_acaf3269a573af74",
    "timeline_event": "aevt_327151655672f2cc",
    "timeline_source": "tsrc_14b419f1096013f1",
    "timeline_template": "aetpl_14b419f1096013f1",
    "unit": "unit_1e36123098e22cf8",
    "unit_allocation": "alloc_5f7475758314968d",
    "unit_type": "utype_f18fc91387cdf710",
    "webhook_endpoint": "we_c72a94b59dc380a4",
}

PICKLIST_OF: Final = {
    "contract_template": "contract_templates",
    "coupon": "coupons",
    "deal_stage": "deal_stages",
    "product": "products",
    "product_category": "product_categories",
    "protection_level": "protection_levels",
    "site": "sites",
    "staff": "staff",
    "timeline_source": "timeline_sources",
    "timeline_template": "timeline_templates",
    "unit": "units",
    "unit_type": "unit_types",
}
