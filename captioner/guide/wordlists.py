"""Words in the captions, sorted by what the guide needs to know about them."""

from functools import cache

from captioner.vocabulary import words_of

PEOPLE = frozenset(
    words_of(
        "person people man men woman women boy boys girl girls child children kid kids baby babies toddler "
        "toddlers guy guys lady ladies couple crowd group team adult adults male female teenager teenagers teen "
        "teens youth he she his her him himself herself their who someone somebody player players rider riders "
        "biker bikers bicyclist bicyclists cyclist cyclists bicycler skier skiers snowboarder snowboarders surfer "
        "surfers skateboarder skateboarders swimmer swimmers climber climbers hiker hikers runner runners racer "
        "racers dancer dancers singer worker workers rollerblader driver wrestler wrestlers boxers motorcyclist "
        "motorcyclists pedestrian pedestrians policeman police officer officers fan fans spectators bride groom "
        "cowboy clown soldier soldiers friend friends mother father son daughter sister brother family asian "
        "african"
    )
)
DOGS = frozenset(
    words_of(
        "dog dogs puppy puppies greyhound greyhounds poodle poodles terrier terriers retriever labrador collie "
        "german shepherd husky pitbull doberman dalmatian beagle boxer dachshund hound breed muzzled"
    )
)
# Other words in the captions for the same thing: a shepherd is a dog, a sofa a couch.
KINDS = {"dog": DOGS - {"german", "muzzled", "breed"}} | {
    noun: frozenset(words_of(kinds))
    for noun, kinds in {
        "ball": "basketball football baseball volleyball",
        "beach": "shore seashore",
        "bike": "bicycle bicycles",
        "bird": "seagull seagulls duck ducks pigeons geese",
        "boat": "canoe canoes kayak kayaks raft rowboat sailboat",
        "car": "jeep suv van",
        "couch": "sofa",
        "fire truck": "firetruck",
        "horse": "pony",
        "lake": "pond",
        "motor scooter": "scooter",
        "mountain": "mountainside",
        "rabbit": "bunny",
        "store": "market shop",
    }.items()
}
# Nouns that mean something else in most captions: an orange shirt, a tank top.
OTHER_SENSES = frozenset(words_of("bowl cape chest crane cricket fan fly match orange paddle pen pitcher tank"))
# A player plays one of these.
SPORTS = frozenset(words_of("soccer football baseball basketball volleyball hockey tennis rugby lacrosse cricket"))
# Words allowed before the first noun.
LEADING = frozenset(
    words_of(
        "a an the two three four some several many large small big long tall old new white black red blue green "
        "yellow orange pink purple brown gray grey tan bright colorful group of bunch row empty wooden metal"
    )
)
# Stand-ins for nouns that are alive.
LIVING = frozenset(words_of("dog puppy bird fish horse man player"))
# Stand-ins for nouns that are places, where others do something.
PLACES = frozenset(words_of("mountain beach lake cliff bridge restaurant fountain field hill kitchen store"))
# Words in -ing for what things do too, and words that are no verbs.
STILL = frozenset(
    words_of(
        "sitting standing laying lying hanging floating parked leaning resting building evening morning clothing "
        "railing ceiling wedding painting ring string spring king thing crossing parking wing during surrounding"
    )
)

# Words captions use for people, and wrongly for others.
OF_PEOPLE = frozenset(
    words_of(
        "shirt shirts jacket jackets hat hats pants dress coat suit jeans shorts helmet uniform cap vest outfit "
        "clothes shoes collar jersey muzzle bandanna wearing wears dressed"
    )
)
# Words captions use for living things, and wrongly for objects.
OF_LIVING = frozenset(words_of("air mouth mouths nose tongue tail head eyes ears teeth paw paws legs"))


@cache
def acts(words: tuple[str, ...]) -> frozenset[str]:
    """The words for what only living things do: "running", and "runs" if it is among the words."""
    known = set(words)
    doing = {word for word in known if word.endswith("ing") and word not in STILL}
    forms = {form for word in doing for form in _third_person(word[:-3])}
    return frozenset(doing | (forms & known) | {"does", "doing"})


def _third_person(stem: str) -> set[str]:
    """Possible spellings of a verb's third person, given its "ing" form without "ing"."""
    doubled = {f"{stem[:-1]}s"} if stem[-1:] == stem[-2:-1] else set()
    return {f"{stem}s", f"{stem}es", f"{stem[:-1]}ies", *doubled}
