"""The page's texts in German and Spanish, by their English; those of the tab for programs: `code_translations.py`."""

from ui.texts import code_translations

WHOLE_PHOTO = (
    "Point at a word, tap it or Tab to it, to read how sure. This model takes the photo as a whole: it "
    "has no place to show for a word."
)

GERMAN = {
    # what the page is
    "Give it a photo, and read what a neural network sees in it.": (
        "Gib ein Foto hinein und lies, was ein neuronales Netz darin sieht."
    ),
    "The model that comes along is small, trained on 6,000 photos; it makes mistakes.": (
        "Das mitgelieferte Modell ist klein und hat aus 6.000 Fotos gelernt; es macht Fehler."
    ),
    # tabs
    "Caption a photo": "Ein Foto beschreiben",
    "Many photos": "Viele Fotos",
    "How good is it?": "Wie gut ist es?",
    "Use it from code": "Im Programm verwenden",
    "Upload": "Hochladen",
    "Webcam": "Kamera",
    "Examples": "Beispiele",
    # settings
    "Your photo": "Dein Foto",
    "Your photos": "Deine Fotos",
    "Choose a folder": "Ordner wählen",
    "Beam width": "Beam-Breite",
    "How many sentences the beam search keeps at a time.": "Wie viele Sätze die Beam-Suche zugleich im Auge behält.",
    "Model": "Modell",
    "Pick one, or type owner/name of one on the Hugging Face Hub and press Enter.": (
        "Wähle eines aus, oder tippe owner/name eines Modells auf dem Hugging Face Hub und drücke die Eingabetaste."
    ),
    "Pick one.": "Wähle eines aus.",
    "Clear": "Leeren",
    "Third column": "Dritte Spalte",
    "Guided": ("Geführt"),
    "Where the encoder's own classifier is sure of what it sees, the beam caption has to name it.": (
        "Wo der Klassifikator des Encoders sicher ist, was er sieht, muss die Beam-Beschreibung es nennen."
    ),
    "What the encoder's classifier sees:": ("Was der Klassifikator des Encoders sieht:"),
    "Neither the caption nor the classifier is sure of this photo. It may be:": (
        "Bei diesem Foto sind weder Beschreibung noch Klassifikator sicher. Es könnte sein:"
    ),
    "Guided by:": ("Geführt durch:"),
    "What the beam would say unguided, or three more captions: as different as can be, or drawn at random.": (
        "Was der Beam ungeführt sagen würde, oder drei weitere: so verschieden wie möglich oder zufällig gezogen."
    ),
    "Daring (top p)": "Wagemut (top p)",
    "Low draws from the likeliest words only, 1 from all.": (
        "Niedrig zieht nur aus den wahrscheinlichsten Wörtern, 1 aus allen."
    ),
    "Seed": "Startwert",
    "The same seed draws the same captions.": "Derselbe Startwert zieht dieselben Beschreibungen.",
    "Draw again": "Neu ziehen",
    "More settings": "Weitere Einstellungen",
    "Length penalty": "Längenausgleich",
    "Lower favours short captions, higher long ones. Greedy is as it is.": (
        "Niedriger bevorzugt kurze Beschreibungen, höher lange. Greedy bleibt, wie es ist."
    ),
    "Maximum length": "Höchstlänge",
    "Where a caption has so many words, it is cut.": "Hat eine Beschreibung so viele Wörter, wird sie abgeschnitten.",
    "No repeated phrases": "Keine Wiederholungen",
    "A run of so many words never comes twice; 0 allows it.": (
        "Eine Folge so vieler Wörter kommt nie zweimal; 0 erlaubt es."
    ),
    # examples
    "Astronaut": "Astronautin",
    "Cat": "Katze",
    "Coffee": "Kaffee",
    "Dog": "Hund",
    "Dogs": "Hunde",
    "Horses": "Pferde",
    "Kitten": "Kätzchen",
    "Mountain": "Berg",
    "Musicians": "Musiker",
    "Pagoda": "Pagode",
    "Photographer": "Fotograf",
    "Rocket": "Rakete",
    "Bridge": "Brücke",
    "Fruit": "Obst",
    "Parrot": "Papagei",
    "Tiger": "Tiger",
    # captions
    "JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC, up to {megabytes} MB.": (
        "JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF oder HEIC, bis {megabytes} MB."
    ),
    "No photo yet. Drop one, take one, or pick an example.": (
        "Noch kein Foto. Zieh eines herein, nimm eines auf oder wähle ein Beispiel."
    ),
    "Greedy": "Greedy",
    "the likeliest next word, every time": "jedes Mal das wahrscheinlichste nächste Wort",
    "Beam": "Beam",
    "the best sentence found, {width} kept at a time": "der beste gefundene Satz, {width} zugleich im Auge",
    "The caption will stand here.": "Hier wird die Beschreibung stehen.",
    "The model is not sure of this one.": "Hier ist sich das Modell nicht sicher.",
    "{percent} sure": "{percent} sicher",
    "{percent} sure per word, in {time}": "{percent} sicher je Wort, in {time}",
    "Log-probability {score} per word, {total} in all.": "Log-Wahrscheinlichkeit {score} je Wort, {total} insgesamt.",
    "{look} ms to look, {write} ms to write.": "{look} ms zum Ansehen, {write} ms zum Schreiben.",
    "Runners-up in the beam: {count}": "Weitere Sätze im Beam: {count}",
    "Shaded by how sure the model is of each word:": (
        "Je sicherer sich das Modell eines Wortes ist, desto kräftiger die Farbe:"
    ),
    "unsure": "unsicher",
    "sure": "sicher",
    "Point at a word, tap it or Tab to it, to read how sure and to see where the model looked.": (
        "Zeige auf ein Wort, tippe es an oder erreiche es mit der Tabulatortaste: Du liest, wie sicher es "
        "ist, und siehst, wohin das Modell geschaut hat."
    ),
    "Loading {name}…": "{name} wird geladen…",
    "{name} is loaded.": "{name} ist geladen.",
    WHOLE_PHOTO: (
        "Zeige auf ein Wort, tippe es an oder erreiche es mit der Tabulatortaste, um zu lesen, wie "
        "sicher es ist. Dieses Modell nimmt das Foto als Ganzes: Es kann zu einem Wort keine Stelle "
        "zeigen."
    ),
    # what can be done with a caption
    "Copy": "Kopieren",
    "Read aloud": "Vorlesen",
    "Save picture": "Bild speichern",
    "Share link": "Link teilen",
    "Copied": "Kopiert",
    "Not allowed": "Nicht erlaubt",
    # a link
    "New link": "Neuer Link",
    "Link to this result": "Link zu diesem Ergebnis",
    "The link is ready. Whoever can open this page can open it, until {day}.": (
        "Der Link ist fertig. Wer diese Seite öffnen kann, kann auch ihn öffnen, bis zum {day}."
    ),
    "Copy link": "Link kopieren",
    "Delete link": "Link löschen",
    "It shows the photo, made smaller and without the place it was taken at, and its captions.": (
        "Er zeigt das Foto, verkleinert und ohne den Ort der Aufnahme, und seine Beschreibungen."
    ),
    "To delete it later, keep {link} for yourself.": "Um ihn später zu löschen, bewahre {link} für dich auf.",
    "this delete link": "diesen Lösch-Link",
    "Deleted. The link no longer opens anything.": "Gelöscht. Der Link öffnet nichts mehr.",
    "Shared result": "Geteiltes Ergebnis",
    "A shared result": "Ein geteiltes Ergebnis",
    "The shared photo": "Das geteilte Foto",
    "This shared result comes from another version of the page, which keeps more.": (
        "Dieses geteilte Ergebnis stammt von einer anderen Version der Seite, die mehr aufbewahrt."
    ),
    "Caption a photo of your own": "Ein eigenes Foto beschreiben",
    "Written by {model}.": "Geschrieben von {model}.",
    "The link works until {day}.": "Der Link gilt bis zum {day}.",
    "Delete this result": "Dieses Ergebnis löschen",
    "Below is the page to caption a photo of your own.": (
        "Darunter ist die Seite, um ein eigenes Foto zu beschreiben."
    ),
    "{day} {month} {year}": "{day}. {month} {year}",
    "January": "Januar",
    "February": "Februar",
    "March": "März",
    "April": "April",
    "May": "Mai",
    "June": "Juni",
    "July": "Juli",
    "August": "August",
    "September": "September",
    "October": "Oktober",
    "November": "November",
    "December": "Dezember",
    "This shared result is not here. It may have been deleted, or is older than 30 days.": (
        "Dieses geteilte Ergebnis ist nicht hier. Vielleicht wurde es gelöscht, oder es ist älter als 30 Tage."
    ),
    "This shared result was not deleted: it is gone, or the delete link is incomplete.": (
        "Dieses geteilte Ergebnis wurde nicht gelöscht: Es ist schon fort, oder der Lösch-Link ist unvollständig."
    ),
    "Shared results cannot be reached right now; everything else works.": (
        "Geteilte Ergebnisse sind gerade nicht erreichbar; alles andere geht."
    ),
    "This page does not keep shared results.": "Diese Seite bewahrt keine geteilten Ergebnisse auf.",
    # recent results
    "Recent": "Zuletzt",
    "Forget these": "Diese vergessen",
    "Kept in this browser only.": "Nur in diesem Browser gespeichert.",
    # a lost server
    "The page has lost its server. What you see stays; anything new has to wait until the connection is back.": (
        "Die Seite hat ihren Server verloren. Was du siehst, bleibt; alles Neue muss warten, bis die "
        "Verbindung wieder da ist."
    ),
    # ways to search
    "None": "Keine",
    "Beam without the guide": "Beam ohne Führung",
    "Diverse beam search": "Vielfältige Beam-Suche",
    "Nucleus sampling": "Nucleus-Sampling",
    "Unguided": "Ungeführt",
    "what the beam would say by itself": "was der Beam von sich aus sagen würde",
    "Diverse": "Vielfältig",
    "each avoids the words of those before it": "jede meidet die Wörter der vorigen",
    "Random": "Zufällig",
    "drawn from the likely words": "aus den wahrscheinlichen Wörtern gezogen",
    # cards
    "only here": "nur hier",
    "Both ways lead to the same sentence.": "Beide Wege führen zum selben Satz.",
    "{percent} sure per word": "{percent} sicher je Wort",
    "{percent} sure per word, which is little": "{percent} sicher je Wort, das ist wenig",
    "word": "Wort",
    "not in the other caption": "nicht in der anderen Beschreibung",
    "{encoder} sees ({seeing} M parameters), the {decoder} decoder writes ({writing} M).": (
        "{encoder} sieht ({seeing} Mio. Parameter), der Decoder {decoder} schreibt ({writing} Mio.)."
    ),
    "Test split, beam {beam}: {figures}.": "Testdaten, Beam {beam}: {figures}.",
    # where the model looked
    "Where it looked, word by word": "Wohin es geschaut hat, Wort für Wort",
    "Which caption": "Welche Beschreibung",
    "This model takes the photo as a whole: it has no place to show for a word.": (
        "Dieses Modell nimmt das Foto als Ganzes: Es kann zu einem Wort keine Stelle zeigen."
    ),
    "Player; the arrow keys go from word to word": "Abspieler; die Pfeiltasten gehen von Wort zu Wort",
    "Previous word": "Voriges Wort",
    "Next word": "Nächstes Wort",
    "Play": "Abspielen",
    "Pause": "Pause",
    "The words, each with its picture": "Die Wörter, jedes mit seinem Bild",
    # the tree of the beam
    "The road not taken": "Der nicht gegangene Weg",
    "Word by word the beam search kept the one sentence it found best so far, and gave up the others.": (
        "Wort für Wort behielt die Beam-Suche den einen Satz, den sie bis dahin am besten fand, und gab die "
        "anderen auf."
    ),
    "Word by word the beam search kept the {width} sentences it found best so far, and gave up the others.": (
        "Wort für Wort behielt die Beam-Suche die {width} Sätze, die sie bis dahin am besten fand, und gab die "
        "anderen auf."
    ),
    "It had to name {nouns}: sentences that did not yet were kept beside those that did.": (
        "Sie musste {nouns} nennen: Sätze, die das noch nicht taten, wurden neben denen behalten, die es taten."
    ),
    "and": "und",
    "The share is how likely the word was after those before it.": (
        "Der Anteil sagt, wie wahrscheinlich das Wort nach den vorigen war."
    ),
    "chosen": "gewählt",
    "kept for a time, given up at {cross}": "eine Zeit lang behalten, aufgegeben bei {cross}",
    "likely, never kept": "wahrscheinlich, nie behalten",
    "The tree, which scrolls sideways": "Der Baum, seitwärts zu verschieben",
    "The same in words": "Dasselbe in Worten",
    "The beam as a tree, which stands in words below": "Der Beam als Baum, darunter in Worten",
    "kept for a time": "eine Zeit lang behalten",
    "never kept": "nie behalten",
    "finished": "beendet",
    "given up": "aufgegeben",
    "end": "Ende",
    # how good it is
    "How good is {name}?": "Wie gut ist {name}?",
    "It has learned from {data}.": "Es hat gelernt aus: {data}.",
    "What it has not seen there, it takes for something it has seen.": (
        "Was es dort nicht gesehen hat, hält es für etwas, das es gesehen hat."
    ),
    "Its captions have not been scored yet.": "Seine Beschreibungen sind noch nicht bewertet worden.",
    "Its captions of photos it had never seen, held against five people's captions of each, higher is better (in "
    "brackets: where 95 of 100 such sets of photos would put it):": (
        "Seine Beschreibungen von Fotos, die es nie gesehen hatte, verglichen mit den Beschreibungen von je fünf "
        "Menschen; höher ist besser (in Klammern: wo der Wert bei 95 von 100 solchen Fotosammlungen läge):"
    ),
    "Scores": "Bewertung",
    "greedy": "Greedy",
    "beam {width}": "Beam {width}",
    "{least} to {most}": "{least} bis {most}",
    "Of {photos} captions read one by one, {right} are right. In the others, what is wrong (some have several "
    "things):": (
        "Von {photos} einzeln gelesenen Beschreibungen stimmen {right}. Was an den anderen falsch ist (an manchen"
        " mehreres):"
    ),
    "action": "Handlung",
    "object": "Objekt",
    "number": "Zahl",
    "colour": "Farbe",
    "sex or age": "Geschlecht oder Alter",
    "place": "Ort",
    "wording": "Wortlaut",
    "What it is good at": "Was es gut kann",
    "Of {images} photos it did not learn from, the captions nearest to what people wrote, by CIDEr (0: nothing in"
    " common):": (
        "Von {images} Fotos, aus denen es nicht gelernt hat, die Beschreibungen, die dem am nächsten kommen, was "
        "Menschen schrieben, nach CIDEr (0: nichts gemeinsam):"
    ),
    "Where it fails": "Wo es scheitert",
    "The farthest from it, and of these the ones that it was surest of:": (
        "Die am weitesten davon entfernten, und von diesen jene, bei denen es am sichersten war:"
    ),
    "it wrote": "das Modell schrieb",
    "a person wrote": "ein Mensch schrieb",
    "How it learned: the loss on its training photos, and the score on others.": (
        "Wie es lernte: der Verlust auf seinen Trainingsfotos und die Bewertung auf anderen."
    ),
    "How sure it says it is of a word, and how often that word is right.": (
        "Wie sicher sich das Modell eines Wortes nach eigener Angabe ist, und wie oft dieses Wort stimmt."
    ),
    # many photos
    "Choose many photos, a folder or a zip: each photo gets its caption. Read them, mend them, and take them home.": (
        "Wähle viele Fotos, einen Ordner oder ein Zip: Jedes Foto bekommt seine Beschreibung. Lies sie, bessere "
        "sie aus und nimm sie mit."
    ),
    "Up to {photos} photos and {all} MB at a time, each file or zip up to {one} MB.": (
        "Bis zu {photos} Fotos und {all} MB auf einmal, jede Datei und jedes Zip bis {one} MB."
    ),
    "Your own files stay as they are: the captions are written into copies. All of it is deleted from here within"
    " two hours.": (
        "Deine eigenen Dateien bleiben, wie sie sind: Die Beschreibungen werden in Kopien geschrieben. Hier wird "
        "alles innerhalb von zwei Stunden gelöscht."
    ),
    "Cancel": "Abbrechen",
    "Download the table (CSV)": "Tabelle herunterladen (CSV)",
    "Download JSON Lines": "JSON Lines herunterladen",
    "Download photos with alt text (zip)": "Fotos mit Alt-Text herunterladen (Zip)",
    "There is no photo in it: choose other files.": "Darin ist kein Foto: Wähle andere Dateien.",
    "Something went wrong here, and the rest was not captioned: try again.": (
        "Hier ist etwas schiefgegangen, und der Rest wurde nicht beschrieben: Versuche es noch einmal."
    ),
    "The captions did not arrive whole: try again.": (
        "Die Beschreibungen kamen nicht vollständig an: Versuche es noch einmal."
    ),
    "There are no captions any more: choose the photos again.": (
        "Die Beschreibungen sind nicht mehr da: Wähle die Fotos noch einmal aus."
    ),
    "{name} is ready: your browser saves it.": "{name} ist fertig: Dein Browser speichert die Datei.",
    "Beside these lies an .xmp file with the text, since they cannot carry it: {names}.": (
        "Neben diesen liegt eine .xmp-Datei mit dem Text, weil sie ihn nicht tragen können: {names}."
    ),
    "Photos done": "Fertige Fotos",
    "{done} of {total} photos": "{done} von {total} Fotos",
    "{total} photos to caption, {percent}% done.": "{total} Fotos zu beschreiben, {percent}% fertig.",
    "Stopped": "Angehalten",
    "Done": "Fertig",
    "{how}: {done} of {total} photos have a caption": "{how}: {done} von {total} Fotos haben eine Beschreibung",
    "{count} could not be read: {names}": "{count} nicht lesbar: {names}",
    "{names} and {count} more": "{names} und {count} weitere",
    "Written by {model}, beam {width}. Change a caption here, and the files have it as you wrote it.": (
        "Geschrieben von {model}, Beam {width}. Ändere hier eine Beschreibung, und die Dateien enthalten sie so, "
        "wie du sie geschrieben hast."
    ),
    "Photo": "Foto",
    "Caption": "Beschreibung",
    "Sure": "Sicher",
    "not sure": "nicht sicher",
}

SPANISH = {
    "Give it a photo, and read what a neural network sees in it.": (
        "Dale una foto y lee lo que una red neuronal ve en ella."
    ),
    "The model that comes along is small, trained on 6,000 photos; it makes mistakes.": (
        "El modelo incluido es pequeño y ha aprendido de 6000 fotos; comete errores."
    ),
    "Caption a photo": "Describir una foto",
    "Many photos": "Muchas fotos",
    "How good is it?": "¿Qué calidad tiene?",
    "Use it from code": "Usarlo desde código",
    "Upload": "Subir",
    "Webcam": "Cámara",
    "Examples": "Ejemplos",
    "Your photo": "Tu foto",
    "Your photos": "Tus fotos",
    "Choose a folder": "Elegir una carpeta",
    "Beam width": "Ancho del haz",
    "How many sentences the beam search keeps at a time.": "Cuántas frases conserva a la vez la búsqueda por haz.",
    "Model": "Modelo",
    "Pick one, or type owner/name of one on the Hugging Face Hub and press Enter.": (
        "Elige uno, o escribe owner/name de uno del Hugging Face Hub y pulsa Intro."
    ),
    "Pick one.": "Elige uno.",
    "Clear": "Borrar",
    "Third column": "Tercera columna",
    "Guided": ("Guiado"),
    "Where the encoder's own classifier is sure of what it sees, the beam caption has to name it.": (
        "Donde el clasificador del codificador está seguro de lo que ve, la descripción por haz debe nombrarlo."
    ),
    "What the encoder's classifier sees:": ("Lo que ve el clasificador del codificador:"),
    "Neither the caption nor the classifier is sure of this photo. It may be:": (
        "Ni la descripción ni el clasificador están seguros de esta foto. Podría ser:"
    ),
    "Guided by:": ("Guiado por:"),
    "What the beam would say unguided, or three more captions: as different as can be, or drawn at random.": (
        "Lo que diría el haz sin guía, o tres más: lo más distintas posible o sacadas al azar."
    ),
    "Daring (top p)": "Atrevimiento (top p)",
    "Low draws from the likeliest words only, 1 from all.": (
        "Un valor bajo elige solo entre las palabras más probables; 1, entre todas."
    ),
    "Seed": "Semilla",
    "The same seed draws the same captions.": "La misma semilla da las mismas descripciones.",
    "Draw again": "Volver a sacar",
    "More settings": "Más ajustes",
    "Length penalty": "Penalización por longitud",
    "Lower favours short captions, higher long ones. Greedy is as it is.": (
        "Un valor bajo favorece las descripciones cortas; uno alto, las largas. La voraz no cambia."
    ),
    "Maximum length": "Longitud máxima",
    "Where a caption has so many words, it is cut.": "Si una descripción llega a tantas palabras, se corta.",
    "No repeated phrases": "Sin repeticiones",
    "A run of so many words never comes twice; 0 allows it.": (
        "Una serie de tantas palabras nunca aparece dos veces; 0 lo permite."
    ),
    "Astronaut": "Astronauta",
    "Cat": "Gato",
    "Coffee": "Café",
    "Dog": "Perro",
    "Dogs": "Perros",
    "Horses": "Caballos",
    "Kitten": "Gatito",
    "Mountain": "Montaña",
    "Musicians": "Músicos",
    "Pagoda": "Pagoda",
    "Photographer": "Fotógrafo",
    "Rocket": "Cohete",
    "Bridge": "Puente",
    "Fruit": "Fruta",
    "Parrot": "Loro",
    "Tiger": "Tigre",
    "JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC, up to {megabytes} MB.": (
        "JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF o HEIC, hasta {megabytes} MB."
    ),
    "No photo yet. Drop one, take one, or pick an example.": (
        "Aún no hay foto. Suelta una, haz una o elige un ejemplo."
    ),
    "Greedy": "Voraz",
    "the likeliest next word, every time": "siempre la palabra siguiente más probable",
    "Beam": "Haz",
    "the best sentence found, {width} kept at a time": "la mejor frase encontrada, conservando {width} a la vez",
    "The caption will stand here.": "Aquí aparecerá la descripción.",
    "The model is not sure of this one.": "El modelo no está seguro de esta.",
    "{percent} sure": "{percent} de seguridad",
    "{percent} sure per word, in {time}": "{percent} de seguridad por palabra, en {time}",
    "Log-probability {score} per word, {total} in all.": "Log-probabilidad {score} por palabra, {total} en total.",
    "{look} ms to look, {write} ms to write.": "{look} ms para mirar, {write} ms para escribir.",
    "Runners-up in the beam: {count}": "Otras frases del haz: {count}",
    "Shaded by how sure the model is of each word:": (
        "Cuanto más seguro está el modelo de una palabra, más intenso es el color:"
    ),
    "unsure": "inseguro",
    "sure": "seguro",
    "Point at a word, tap it or Tab to it, to read how sure and to see where the model looked.": (
        "Señala una palabra, tócala o llega a ella con el tabulador para leer su seguridad y ver dónde miró el modelo."
    ),
    "Loading {name}…": "Cargando {name}…",
    "{name} is loaded.": "{name} está cargado.",
    WHOLE_PHOTO: (
        "Señala una palabra, tócala o llega a ella con el tabulador para leer su seguridad. Este modelo "
        "toma la foto entera: no puede mostrar un lugar para una palabra."
    ),
    "Copy": "Copiar",
    "Read aloud": "Leer en voz alta",
    "Save picture": "Guardar imagen",
    "Share link": "Compartir enlace",
    "Copied": "Copiado",
    "Not allowed": "No permitido",
    "New link": "Enlace nuevo",
    "Link to this result": "Enlace a este resultado",
    "The link is ready. Whoever can open this page can open it, until {day}.": (
        "El enlace está listo. Quien pueda abrir esta página puede abrirlo, hasta el {day}."
    ),
    "Copy link": "Copiar enlace",
    "Delete link": "Eliminar enlace",
    "It shows the photo, made smaller and without the place it was taken at, and its captions.": (
        "Muestra la foto, reducida y sin el lugar donde se tomó, y sus descripciones."
    ),
    "To delete it later, keep {link} for yourself.": "Para eliminarlo más tarde, guarda {link} para ti.",
    "this delete link": "este enlace de eliminación",
    "Deleted. The link no longer opens anything.": "Eliminado. El enlace ya no abre nada.",
    "Shared result": "Resultado compartido",
    "A shared result": "Un resultado compartido",
    "The shared photo": "La foto compartida",
    "This shared result comes from another version of the page, which keeps more.": (
        "Este resultado compartido procede de otra versión de la página, que guarda más."
    ),
    "Caption a photo of your own": "Describir una foto propia",
    "Written by {model}.": "Escrito por {model}.",
    "The link works until {day}.": "El enlace funciona hasta el {day}.",
    "Delete this result": "Eliminar este resultado",
    "Below is the page to caption a photo of your own.": "Debajo está la página para describir una foto propia.",
    "{day} {month} {year}": "{day} de {month} de {year}",
    "January": "enero",
    "February": "febrero",
    "March": "marzo",
    "April": "abril",
    "May": "mayo",
    "June": "junio",
    "July": "julio",
    "August": "agosto",
    "September": "septiembre",
    "October": "octubre",
    "November": "noviembre",
    "December": "diciembre",
    "This shared result is not here. It may have been deleted, or is older than 30 days.": (
        "Este resultado compartido no está aquí. Puede que se haya eliminado o que tenga más de 30 días."
    ),
    "This shared result was not deleted: it is gone, or the delete link is incomplete.": (
        "Este resultado compartido no se ha eliminado: ya no existe o el enlace de eliminación está incompleto."
    ),
    "Shared results cannot be reached right now; everything else works.": (
        "Ahora mismo no se puede acceder a los resultados compartidos; todo lo demás funciona."
    ),
    "This page does not keep shared results.": "Esta página no guarda resultados compartidos.",
    "Recent": "Recientes",
    "Forget these": "Olvidar estos",
    "Kept in this browser only.": "Se guarda solo en este navegador.",
    "The page has lost its server. What you see stays; anything new has to wait until the connection is back.": (
        "La página ha perdido su servidor. Lo que ves se queda; lo nuevo tendrá que esperar a que vuelva la conexión."
    ),
    "None": "Ninguna",
    "Beam without the guide": "Haz sin guía",
    "Diverse beam search": "Búsqueda por haz diversa",
    "Nucleus sampling": "Muestreo de núcleo",
    "Unguided": "Sin guía",
    "what the beam would say by itself": "lo que diría el haz por sí solo",
    "Diverse": "Diversa",
    "each avoids the words of those before it": "cada una evita las palabras de las anteriores",
    "Random": "Al azar",
    "drawn from the likely words": "sacada de las palabras probables",
    "only here": "solo aquí",
    "Both ways lead to the same sentence.": "Los dos caminos llevan a la misma frase.",
    "{percent} sure per word": "{percent} de seguridad por palabra",
    "{percent} sure per word, which is little": "{percent} de seguridad por palabra, que es poca",
    "word": "palabra",
    "not in the other caption": "no está en la otra descripción",
    "{encoder} sees ({seeing} M parameters), the {decoder} decoder writes ({writing} M).": (
        "{encoder} mira ({seeing} M de parámetros), el decodificador {decoder} escribe ({writing} M)."
    ),
    "Test split, beam {beam}: {figures}.": "Datos de prueba, haz {beam}: {figures}.",
    "Where it looked, word by word": "Dónde miró, palabra por palabra",
    "Which caption": "Qué descripción",
    "This model takes the photo as a whole: it has no place to show for a word.": (
        "Este modelo toma la foto entera: no puede mostrar un lugar para una palabra."
    ),
    "Player; the arrow keys go from word to word": "Reproductor; las teclas de flecha van de palabra en palabra",
    "Previous word": "Palabra anterior",
    "Next word": "Palabra siguiente",
    "Play": "Reproducir",
    "Pause": "Pausar",
    "The words, each with its picture": "Las palabras, cada una con su imagen",
    "The road not taken": "El camino no elegido",
    "Word by word the beam search kept the one sentence it found best so far, and gave up the others.": (
        "Palabra por palabra, la búsqueda por haz conservó la única frase que hasta entonces le parecía la mejor "
        "y abandonó las demás."
    ),
    "Word by word the beam search kept the {width} sentences it found best so far, and gave up the others.": (
        "Palabra por palabra, la búsqueda por haz conservó las {width} frases que hasta entonces le parecían las "
        "mejores y abandonó las demás."
    ),
    "It had to name {nouns}: sentences that did not yet were kept beside those that did.": (
        "Tenía que nombrar {nouns}: las frases que aún no lo hacían se conservaron junto a las que sí."
    ),
    "and": "y",
    "The share is how likely the word was after those before it.": (
        "El porcentaje indica lo probable que era la palabra después de las anteriores."
    ),
    "chosen": "elegida",
    "kept for a time, given up at {cross}": "conservada un tiempo, abandonada en {cross}",
    "likely, never kept": "probable, nunca conservada",
    "The tree, which scrolls sideways": "El árbol, que se desplaza hacia los lados",
    "The same in words": "Lo mismo en palabras",
    "The beam as a tree, which stands in words below": "El haz como árbol; debajo está en palabras",
    "kept for a time": "conservadas un tiempo",
    "never kept": "nunca conservadas",
    "finished": "terminada",
    "given up": "abandonada",
    "end": "fin",
    "How good is {name}?": "¿Qué calidad tiene {name}?",
    "It has learned from {data}.": "Ha aprendido de {data}.",
    "What it has not seen there, it takes for something it has seen.": (
        "Lo que no ha visto ahí, lo toma por algo que sí ha visto."
    ),
    "Its captions have not been scored yet.": "Sus descripciones aún no se han evaluado.",
    "Its captions of photos it had never seen, held against five people's captions of each, higher is better (in "
    "brackets: where 95 of 100 such sets of photos would put it):": (
        "Sus descripciones de fotos que nunca había visto, comparadas con las de cinco personas por foto; cuanto "
        "más alto, mejor (entre paréntesis: dónde quedaría con 95 de 100 conjuntos de fotos así):"
    ),
    "Scores": "Puntuaciones",
    "greedy": "voraz",
    "beam {width}": "haz {width}",
    "{least} to {most}": "{least} a {most}",
    "Of {photos} captions read one by one, {right} are right. In the others, what is wrong (some have several "
    "things):": (
        "De {photos} descripciones leídas una por una, {right} son correctas. Lo que está mal en las demás (en "
        "algunas, varias cosas):"
    ),
    "action": "acción",
    "object": "objeto",
    "number": "número",
    "colour": "color",
    "sex or age": "sexo o edad",
    "place": "lugar",
    "wording": "redacción",
    "What it is good at": "Lo que se le da bien",
    "Of {images} photos it did not learn from, the captions nearest to what people wrote, by CIDEr (0: nothing in"
    " common):": (
        "De {images} fotos de las que no aprendió, las descripciones más cercanas a lo que escribieron personas, "
        "según CIDEr (0: nada en común):"
    ),
    "Where it fails": "Dónde falla",
    "The farthest from it, and of these the ones that it was surest of:": (
        "Las más alejadas y, de estas, aquellas de las que estaba más seguro:"
    ),
    "it wrote": "el modelo escribió",
    "a person wrote": "una persona escribió",
    "How it learned: the loss on its training photos, and the score on others.": (
        "Cómo aprendió: la pérdida con sus fotos de entrenamiento y la puntuación con otras."
    ),
    "How sure it says it is of a word, and how often that word is right.": (
        "Lo seguro que dice estar de una palabra y cuántas veces esa palabra es correcta."
    ),
    "Choose many photos, a folder or a zip: each photo gets its caption. Read them, mend them, and take them home.": (
        "Elige muchas fotos, una carpeta o un zip: cada foto recibe su descripción. Léelas, corrígelas y llévatelas."
    ),
    "Up to {photos} photos and {all} MB at a time, each file or zip up to {one} MB.": (
        "Hasta {photos} fotos y {all} MB a la vez; cada archivo o zip, hasta {one} MB."
    ),
    "Your own files stay as they are: the captions are written into copies. All of it is deleted from here within"
    " two hours.": (
        "Tus archivos se quedan como están: las descripciones se escriben en copias. Aquí todo se elimina en un "
        "plazo de dos horas."
    ),
    "Cancel": "Cancelar",
    "Download the table (CSV)": "Descargar la tabla (CSV)",
    "Download JSON Lines": "Descargar JSON Lines",
    "Download photos with alt text (zip)": "Descargar las fotos con texto alternativo (zip)",
    "There is no photo in it: choose other files.": "No contiene ninguna foto: elige otros archivos.",
    "Something went wrong here, and the rest was not captioned: try again.": (
        "Algo ha fallado aquí y el resto se ha quedado sin describir: inténtalo de nuevo."
    ),
    "The captions did not arrive whole: try again.": "Las descripciones no han llegado completas: inténtalo de nuevo.",
    "There are no captions any more: choose the photos again.": (
        "Las descripciones ya no están: vuelve a elegir las fotos."
    ),
    "{name} is ready: your browser saves it.": "{name} está listo: tu navegador lo guarda.",
    "Beside these lies an .xmp file with the text, since they cannot carry it: {names}.": (
        "Junto a estas hay un archivo .xmp con el texto, porque no pueden llevarlo: {names}."
    ),
    "Photos done": "Fotos terminadas",
    "{done} of {total} photos": "{done} de {total} fotos",
    "{total} photos to caption, {percent}% done.": "{total} fotos por describir, {percent}% terminado.",
    "Stopped": "Detenido",
    "Done": "Terminado",
    "{how}: {done} of {total} photos have a caption": "{how}: {done} de {total} fotos tienen descripción",
    "{count} could not be read: {names}": "{count} con error de lectura: {names}",
    "{names} and {count} more": "{names} y {count} más",
    "Written by {model}, beam {width}. Change a caption here, and the files have it as you wrote it.": (
        "Escrito por {model}, haz {width}. Cambia aquí una descripción y los archivos la tendrán tal como la escribas."
    ),
    "Photo": "Foto",
    "Caption": "Descripción",
    "Sure": "Seguridad",
    "not sure": "no seguro",
}

TRANSLATIONS = {"de": GERMAN | code_translations.GERMAN, "es": SPANISH | code_translations.SPANISH}
