"""Words in the captions, sorted by what the guide needs to know about them."""

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
