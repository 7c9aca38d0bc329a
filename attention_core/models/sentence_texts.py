"""English sentences to try a sentence model on; written for the camp, with no source but its authors.

In SENSES a word of the first sentence stands in the third in another sense, and the second says what the first does in
other words. In ROLES the third has (nearly) the words of the first, and means something else. A model that knows the
meaning finds the first two closer than the first and the third.
"""

from __future__ import annotations

Triple = tuple[str, str, str]

SENSES: tuple[Triple, ...] = (
    (
        "She sat on the bank and watched the river.",
        "She rested at the water's edge and looked at the stream.",
        "She sat in the bank and waited for the money.",
    ),
    (
        "The crane lifted the steel beam onto the roof.",
        "A machine hoisted a heavy girder to the top of the building.",
        "The crane stood in the reeds and caught a fish.",
    ),
    (
        "The bat flew out of the cave at dusk.",
        "A small winged animal left its shelter in the evening.",
        "The bat broke when he hit the ball.",
    ),
    (
        "He broke the window with a pitch from the garden.",
        "The ball that he threw smashed the glass.",
        "He sang the song at a higher pitch in the garden.",
    ),
    (
        "The spring of the watch is broken.",
        "A coil inside the timepiece no longer works.",
        "In spring we watch the birds come back.",
    ),
    (
        "They found a seal on the beach.",
        "A sea animal was lying on the sand.",
        "They found a seal on the letter.",
    ),
    (
        "The jam on the bread was sweet.",
        "The fruit spread on my toast tasted of sugar.",
        "The jam on the motorway was long.",
    ),
    (
        "The match was over after ninety minutes.",
        "The game ended when the time was up.",
        "The match went out before the candle burned.",
    ),
    (
        "The palm of her hand was cold.",
        "She had chilly fingers.",
        "The palm on the island was tall.",
    ),
    (
        "The mouse ate the cheese in the kitchen.",
        "A little rodent nibbled at the food.",
        "The mouse of the computer lay in the kitchen.",
    ),
    (
        "The nail in the wall holds the picture.",
        "The painting hangs from a small piece of metal.",
        "The nail on her finger is red in the picture.",
    ),
    (
        "The organ played at the wedding.",
        "There was music in the church when they married.",
        "The organ was given to a patient after the accident.",
    ),
    (
        "The plant was watered every morning.",
        "Somebody gave the flowers a drink each day.",
        "The plant makes cars every morning.",
    ),
    (
        "He wrote the check at the counter.",
        "He paid with a slip of paper.",
        "He had to check the counter.",
    ),
    (
        "The scale showed that the parcel weighed two pounds.",
        "According to the balance the package was not heavy.",
        "The scale of the map showed two miles.",
    ),
    (
        "The pupil answered the teacher.",
        "A schoolchild replied to the woman at the blackboard.",
        "The pupil of the teacher's eye grew wide.",
    ),
    (
        "The file on the desk is full of letters.",
        "The folder on the table holds a lot of mail.",
        "The file in the toolbox smooths the edge of the desk.",
    ),
    (
        "The trunk of the elephant reached the branch.",
        "The large animal touched the tree with its nose.",
        "The trunk of the car would not close.",
    ),
    (
        "The pool was full of children who swam.",
        "Many kids were splashing in the water.",
        "The children played pool in a bar.",
    ),
    (
        "The light coat is enough for the summer.",
        "A thin jacket will do in warm weather.",
        "The light in the hall is on all summer.",
    ),
)

ROLES: tuple[Triple, ...] = (
    (
        "The dog chased the cat through the garden.",
        "The cat was chased through the garden by the dog.",
        "The cat chased the dog through the garden.",
    ),
    (
        "The teacher thanked the student for the gift.",
        "The student was thanked for the gift by the teacher.",
        "The student thanked the teacher for the gift.",
    ),
    (
        "The police arrested the man who stole the car.",
        "The man who stole the car was arrested by the police.",
        "The man arrested the police who stole the car.",
    ),
    (
        "The nurse was older than the doctor.",
        "The doctor was younger than the nurse.",
        "The doctor was older than the nurse.",
    ),
    (
        "He sold the house to his sister.",
        "His sister bought the house from him.",
        "His sister sold the house to him.",
    ),
    (
        "The train left before the bus arrived.",
        "The bus arrived after the train had left.",
        "The bus left before the train arrived.",
    ),
    (
        "The lawyer believed the witness.",
        "The witness was believed by the lawyer.",
        "The witness believed the lawyer.",
    ),
    (
        "The small box is in the large box.",
        "The large box contains the small box.",
        "The large box is in the small box.",
    ),
    (
        "The boy was not tired but hungry.",
        "The boy wanted food and did not want sleep.",
        "The boy was not hungry but tired.",
    ),
    (
        "The company sued the bank.",
        "The bank was sued by the company.",
        "The bank sued the company.",
    ),
    (
        "Anna gave the book to Peter.",
        "Peter got the book from Anna.",
        "Peter gave the book to Anna.",
    ),
    (
        "The fox ate the hen that had eaten the worm.",
        "The hen that had eaten the worm was eaten by the fox.",
        "The hen ate the fox that had eaten the worm.",
    ),
    (
        "The price of oil rose and the price of gas fell.",
        "Oil became dearer and gas became cheaper.",
        "The price of gas rose and the price of oil fell.",
    ),
    (
        "The painter admired the poet.",
        "The poet was admired by the painter.",
        "The poet admired the painter.",
    ),
    (
        "The north of the country is rich and the south is poor.",
        "The south of the country is poor and the north is wealthy.",
        "The south of the country is rich and the north is poor.",
    ),
    (
        "The mother carried the child who slept.",
        "The sleeping child was carried by the mother.",
        "The child carried the mother who slept.",
    ),
)

# Those whose figures are averaged in a trial: every first sentence, and some longer ones.
SENTENCES: tuple[str, ...] = (
    *(first for first, _second, _third in (*SENSES, *ROLES)),
    "The animal didn't cross the street because it was too tired.",
    "The animal didn't cross the street because it was too wide.",
    "When the rain stopped, the children ran out to look for the rainbow behind the hills.",
    "Nobody had told the new driver that the bridge would be closed until the end of the month.",
    "The museum that we visited last year has been sold to a man who collects old clocks.",
    "If you heat the water slowly, the sugar dissolves without being stirred.",
    "The report says that prices fell in March, but the newspaper wrote that they had risen.",
    "My grandmother, who never learned to swim, lived all her life beside the sea.",
    "Three of the five engines failed, and yet the ship reached the harbour on time.",
    "The recipe asks for two eggs, a cup of flour and a little more patience than I have.",
    "Because the museum was closed, the tourists sat in the square and drank coffee.",
    "The committee will decide tomorrow whether the old library should be pulled down.",
)
