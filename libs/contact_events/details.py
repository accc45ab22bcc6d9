"""The details of a contact that services other than its source read. Every other detail is its source's own business."""

# The entry whose promise to phone this contact keeps.
KEEPS_CALL_BACK = "keeps_call_back"
# The entry of which a citizen says something, such as that it is not right.
ABOUT_ENTRY = "about_entry"
# Where the citizen lives, as a code of the statistics office (CBS): WK and six digits, or BU and eight. Nothing finer is kept.
NEIGHBOURHOOD = "neighbourhood"
