"""The page's texts in German and Spanish, by their English."""

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
    # captions
    "JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC, up to 40 MB.": (
        "JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF oder HEIC, bis 40 MB."
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
    "{word}, {percent} sure": "{word}, {percent} sicher",
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
    "JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC, up to 40 MB.": (
        "JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF o HEIC, hasta 40 MB."
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
    "{word}, {percent} sure": "{word}, {percent} de seguridad",
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
}

TRANSLATIONS = {"de": GERMAN, "es": SPANISH}
