"""A small instance as CSV texts, and a way to write it with one thing changed."""

import json

from orders.allocation.files.reading import read_market


FILES = {
    "depts.csv": """\
dept,region,lat,lon
06,R93,43.9,7.2
2A,R94,41.9,9.0
75,R11,48.9,2.3
976,R06,-12.8,45.2
""",
    "products.csv": """\
product,group,freight_micro
FFP2,RESP,150
KN95,RESP,150
GEL,GELS,1200
""",
    "offers.csv": """\
offer_id,supplier_id,product,stock,pack,moq,max_per_buyer,price_milli,lead_days,origin_dept,served
0,24,FFP2,1560,10,50,0,620,10,06,*
1,9,KN95,3690,10,0,500,450,7,75,R11;06
4,46,GEL,36,12,0,0,2150,10,976,2A
""",
    "lines.csv": """\
line_id,buyer_id,dept,tier,products,wanted,min_useful,need_days,ceiling_milli,weight,\
pinned_offer,preferred_offer,seq
0,120,75,1,FFP2;KN95,1400,0,21,700,1.64,,1,6
1,117,2A,3,GEL,40,12,14,0,0.74,,,7
7,120,06,2,FFP2,580,260,30,0,2.003000001,0,,14
""",
}


def write(folder, changes=None):
    """Write the instance; `changes` replaces the text of whole files, None leaves one out."""
    for name, text in (FILES | (changes or {})).items():
        if text is not None:
            data = text if isinstance(text, bytes) else text.encode()
            (folder / name).write_bytes(data)
    return folder


def changed(name, old, new):
    """The change to `write` that puts `new` for the first `old` in a file."""
    assert old in FILES[name]
    return {name: FILES[name].replace(old, new, 1)}


def read(folder, changes=None, policy=None, extra=()):
    """The market of the small instance with changes, under a policy, with files beside it."""
    write(folder, changes)
    for name, text in dict(extra).items():
        (folder / name).write_text(text)
    policy_file = None
    if policy is not None:
        policy_file = folder / "rules.json"
        text = policy if isinstance(policy, str) else json.dumps(policy)
        policy_file.write_text(text)
    return read_market(folder, seed="round 1", policy_file=policy_file)
