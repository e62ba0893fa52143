"""The texts of the tab "Use it from code" in German and Spanish, by their English."""

GERMAN = {
    # examples
    "Whatever this page shows, a program can ask for: a picture in, its caption out, as JSON.": (
        "Was diese Seite zeigt, kann auch ein Programm erfragen: ein Bild hinein, seine Beschreibung heraus, als JSON."
    ),
    "One command, and nothing to install.": "Ein Befehl, und nichts zu installieren.",
    "After <code>pip install gradio_client</code>.": "Nach <code>pip install gradio_client</code>.",
    "After <code>npm install @gradio/client</code>; in a web page, give a file or blob as the picture.": (
        "Nach <code>npm install @gradio/client</code>; gib auf einer Webseite eine Datei oder einen Blob als Bild an."
    ),
    "Copy the example for {name}": "Kopieren: Beispiel für {name}",
    "Example for {name}": "Beispiel für {name}",
    "Copied.": "Kopiert.",
    "Selected: press Ctrl+C.": "Markiert: Drücke Strg+C.",
    "Assistants": "Assistenten",
    "Where this server was started with <code>python app.py --mcp</code>, assistants may caption pictures too, by"
    " the Model Context Protocol; most are told of it like this.": (
        "Wurde dieser Server mit <code>python app.py --mcp</code> gestartet, können auch Assistenten Bilder "
        "beschreiben lassen, über das Model Context Protocol; den meisten sagt man es so."
    ),
    # what can be asked
    "What can be asked": "Was man abfragen kann",
    "address": "Adresse",
    "takes": "Angaben",
    "answers with": "Antwort",
    "<code>picture</code>, a file up to {megabytes} MB; <code>beam_width</code>, {least} to {most}, {default} "
    "unless given; <code>model</code>, the default one unless given": (
        "<code>picture</code>, eine Datei bis {megabytes} MB; <code>beam_width</code>, {least} bis {most}, ohne "
        "Angabe {default}; <code>model</code>, ohne Angabe das Standardmodell"
    ),
    "a caption": "eine Beschreibung",
    "the same": "dasselbe",
    "a greedy caption and a beam caption": "eine Greedy- und eine Beam-Beschreibung",
    "<code>picture</code>, up to {pictures} times; the same": (
        "<code>picture</code>, bis zu {pictures}-mal; sonst dasselbe"
    ),
    "a caption for each": "je eine Beschreibung",
    "nothing": "nichts",
    "the models": "die Modelle",
    "a sign of life": "ein Lebenszeichen",
    "Gradio's clients have the same five by name: <code>/caption</code>, <code>/compare</code>, "
    "<code>/caption_batch</code> (a list, <code>pictures</code>), <code>/models</code>, <code>/health</code>.": (
        "Gradios Clients haben dieselben fünf unter ihren Namen: <code>/caption</code>, <code>/compare</code>, "
        "<code>/caption_batch</code> (eine Liste, <code>pictures</code>), <code>/models</code>, "
        "<code>/health</code>."
    ),
    "Pictures are sent, never fetched: an address or a path in place of a file is refused.": (
        "Bilder werden geschickt, nie geholt: Eine Adresse oder ein Pfad statt einer Datei wird abgelehnt."
    ),
    # what comes back
    "What comes back": "Was zurückkommt",
    "A caption": "Eine Beschreibung",
    "field": "Feld",
    "is": "ist",
    "meaning": "Bedeutung",
    "text": "Text",
    "whole number": "ganze Zahl",
    "true or false": "wahr oder falsch",
    "list": "Liste",
    "lists of numbers": "Listen von Zahlen",
    "{kind} or null": "{kind} oder null",
    "the name of a model folder, or owner/name on the Hugging Face Hub": (
        "der Name eines Modellordners, oder owner/name auf dem Hugging Face Hub"
    ),
    "the commit on the Hub, or the first digits of the SHA-256 of the folder's weights": (
        "der Commit auf dem Hub, oder die ersten Ziffern des SHA-256 der Gewichte im Ordner"
    ),
    "the word": "das Wort",
    "0 to 1, how sure the model was of it after the words before it": (
        "0 bis 1, wie sicher sich das Modell seiner nach den vorigen Wörtern war"
    ),
    "what people call it": "wie man es nennt",
    "0 to 1": "0 bis 1",
    "the sentence": "der Satz",
    "mean log-probability a word": "mittlere Log-Wahrscheinlichkeit je Wort",
    "of the whole sentence": "des ganzen Satzes",
    "the caption": "die Beschreibung",
    "mean log-probability a word, its end counted; 0 is certainty": (
        "mittlere Log-Wahrscheinlichkeit je Wort, das Ende mitgezählt; 0 ist Gewissheit"
    ),
    "of the whole caption, its end counted": "der ganzen Beschreibung, das Ende mitgezählt",
    "false where the score is among the doubtful fifth of captions": (
        "falsch, wo der Wert zum zweifelhaften Fünftel der Beschreibungen gehört"
    ),
    "sentences kept at a time; 1 is greedy search": "zugleich behaltene Sätze; 1 ist die Greedy-Suche",
    "its words, each with its probability": "ihre Wörter, jedes mit seiner Wahrscheinlichkeit",
    "the other captions that the search kept, best first": (
        "die anderen Beschreibungen, die die Suche behielt, die beste zuerst"
    ),
    "what the classifier was sure of, and the caption therefore had to name": (
        "was der Klassifikator sicher sah und die Beschreibung deshalb nennen musste"
    ),
    "what the classifier sees, likeliest first; empty where the model has none": (
        "was der Klassifikator sieht, das Wahrscheinlichste zuerst; leer, wo das Modell keinen hat"
    ),
    "the model that wrote it": "das Modell, das sie schrieb",
    "to look at the picture and to write the caption": "um das Bild anzusehen und die Beschreibung zu schreiben",
    "[words][rows][columns] over the whole picture, each word's adding up to 1; null where the model does not look": (
        "[Wörter][Zeilen][Spalten] über das ganze Bild, je Wort zusammen 1; null, wo das Modell nicht hinschaut"
    ),
    "the best sentence found": "der beste gefundene Satz",
    "the name of its file": "der Name seiner Datei",
    "null where it could not be read": "null, wo es sich nicht lesen ließ",
    "why it could not be read; null where it could": "warum es sich nicht lesen ließ; null, wo es ging",
    "in the order they came in": "in der Reihenfolge, in der sie kamen",
    "for all of them": "für alle zusammen",
    "the name to ask for it by": "der Name, unter dem man danach fragt",
    "of its weights; null as long as it is not in memory": "seiner Gewichte; null, solange es nicht im Speicher ist",
    "whether it answers when no model is named": "ob es antwortet, wenn kein Modell genannt ist",
    "whether it is in memory; another is loaded when it is first asked for": (
        "ob es im Speicher ist; ein anderes wird geladen, wenn zum ersten Mal danach gefragt wird"
    ),
    "the default model first": "das Standardmodell zuerst",
    '"ok"': '"ok"',
    "of these answers; it is raised when a field changes its meaning or goes away": (
        "dieser Antworten; sie steigt, wenn ein Feld seine Bedeutung ändert oder wegfällt"
    ),
    "the default model": "das Standardmodell",
    # what is refused
    "What is refused": "Was abgelehnt wird",
    "The answer is {answer}, and the status says of what kind it is.": (
        "Die Antwort ist {answer}, und der Status sagt, welcher Art sie ist."
    ),
    "Gradio's clients raise an error with the same sentence.": (
        "Gradios Clients melden einen Fehler mit demselben Satz."
    ),
    "status": "Status",
    "because": "weil",
    "the picture cannot be read, or a setting makes no sense": (
        "das Bild nicht lesbar ist oder eine Einstellung keinen Sinn ergibt"
    ),
    "there is no such model": "es dieses Modell nicht gibt",
    "too large": "es zu groß ist",
    "neither a form nor a picture": "es weder ein Formular noch ein Bild ist",
    "too many are asking at once, or there is no model": "zu viele zugleich fragen oder kein Modell da ist",
}

SPANISH = {
    "Whatever this page shows, a program can ask for: a picture in, its caption out, as JSON.": (
        "Todo lo que muestra esta página puede pedirlo un programa: entra una imagen y sale su descripción, como JSON."
    ),
    "One command, and nothing to install.": "Una sola orden y nada que instalar.",
    "After <code>pip install gradio_client</code>.": "Después de <code>pip install gradio_client</code>.",
    "After <code>npm install @gradio/client</code>; in a web page, give a file or blob as the picture.": (
        "Después de <code>npm install @gradio/client</code>; en una página web, da un archivo o un blob como imagen."
    ),
    "Copy the example for {name}": "Copiar el ejemplo para {name}",
    "Example for {name}": "Ejemplo para {name}",
    "Copied.": "Copiado.",
    "Selected: press Ctrl+C.": "Seleccionado: pulsa Ctrl+C.",
    "Assistants": "Asistentes",
    "Where this server was started with <code>python app.py --mcp</code>, assistants may caption pictures too, by"
    " the Model Context Protocol; most are told of it like this.": (
        "Si este servidor se inició con <code>python app.py --mcp</code>, también los asistentes pueden pedir "
        "descripciones de imágenes, mediante el Model Context Protocol; a la mayoría se les indica así."
    ),
    "What can be asked": "Qué se puede pedir",
    "address": "dirección",
    "takes": "recibe",
    "answers with": "respuesta",
    "<code>picture</code>, a file up to {megabytes} MB; <code>beam_width</code>, {least} to {most}, {default} "
    "unless given; <code>model</code>, the default one unless given": (
        "<code>picture</code>, un archivo de hasta {megabytes} MB; <code>beam_width</code>, de {least} a {most}, "
        "{default} si no se indica; <code>model</code>, el predeterminado si no se indica"
    ),
    "a caption": "una descripción",
    "the same": "lo mismo",
    "a greedy caption and a beam caption": "una descripción voraz y una por haz",
    "<code>picture</code>, up to {pictures} times; the same": (
        "<code>picture</code>, hasta {pictures} veces; por lo demás, lo mismo"
    ),
    "a caption for each": "una descripción de cada una",
    "nothing": "nada",
    "the models": "los modelos",
    "a sign of life": "una señal de vida",
    "Gradio's clients have the same five by name: <code>/caption</code>, <code>/compare</code>, "
    "<code>/caption_batch</code> (a list, <code>pictures</code>), <code>/models</code>, <code>/health</code>.": (
        "Los clientes de Gradio tienen las mismas cinco por su nombre: <code>/caption</code>, "
        "<code>/compare</code>, <code>/caption_batch</code> (una lista, <code>pictures</code>), "
        "<code>/models</code>, <code>/health</code>."
    ),
    "Pictures are sent, never fetched: an address or a path in place of a file is refused.": (
        "Las imágenes se envían, nunca se descargan: una dirección o una ruta en lugar de un archivo se rechaza."
    ),
    "What comes back": "Qué se recibe",
    "A caption": "Una descripción",
    "field": "campo",
    "is": "es",
    "meaning": "significado",
    "text": "texto",
    "whole number": "número entero",
    "true or false": "verdadero o falso",
    "list": "lista",
    "lists of numbers": "listas de números",
    "{kind} or null": "{kind} o null",
    "the name of a model folder, or owner/name on the Hugging Face Hub": (
        "el nombre de una carpeta de modelo, u owner/name en el Hugging Face Hub"
    ),
    "the commit on the Hub, or the first digits of the SHA-256 of the folder's weights": (
        "el commit en el Hub, o los primeros dígitos del SHA-256 de los pesos de la carpeta"
    ),
    "the word": "la palabra",
    "0 to 1, how sure the model was of it after the words before it": (
        "de 0 a 1, lo seguro que estaba de ella el modelo después de las palabras anteriores"
    ),
    "what people call it": "cómo lo llama la gente",
    "0 to 1": "de 0 a 1",
    "the sentence": "la frase",
    "mean log-probability a word": "log-probabilidad media por palabra",
    "of the whole sentence": "de la frase entera",
    "the caption": "la descripción",
    "mean log-probability a word, its end counted; 0 is certainty": (
        "log-probabilidad media por palabra, contando el final; 0 es certeza"
    ),
    "of the whole caption, its end counted": "de la descripción entera, contando el final",
    "false where the score is among the doubtful fifth of captions": (
        "falso si la puntuación está en el quinto dudoso de las descripciones"
    ),
    "sentences kept at a time; 1 is greedy search": "frases conservadas a la vez; 1 es la búsqueda voraz",
    "its words, each with its probability": "sus palabras, cada una con su probabilidad",
    "the other captions that the search kept, best first": (
        "las demás descripciones que conservó la búsqueda, la mejor primero"
    ),
    "what the classifier was sure of, and the caption therefore had to name": (
        "aquello de lo que el clasificador estaba seguro y que por eso la descripción debía nombrar"
    ),
    "what the classifier sees, likeliest first; empty where the model has none": (
        "lo que ve el clasificador, lo más probable primero; vacío si el modelo no tiene"
    ),
    "the model that wrote it": "el modelo que la escribió",
    "to look at the picture and to write the caption": "para mirar la imagen y escribir la descripción",
    "[words][rows][columns] over the whole picture, each word's adding up to 1; null where the model does not look": (
        "[palabras][filas][columnas] sobre toda la imagen, que por palabra suman 1; null si el modelo no mira lugares"
    ),
    "the best sentence found": "la mejor frase encontrada",
    "the name of its file": "el nombre de su archivo",
    "null where it could not be read": "null si no se pudo leer",
    "why it could not be read; null where it could": "por qué no se pudo leer; null si se pudo",
    "in the order they came in": "en el orden en que llegaron",
    "for all of them": "para todas juntas",
    "the name to ask for it by": "el nombre con el que se pide",
    "of its weights; null as long as it is not in memory": "de sus pesos; null mientras no esté en memoria",
    "whether it answers when no model is named": "si responde cuando no se nombra ningún modelo",
    "whether it is in memory; another is loaded when it is first asked for": (
        "si está en memoria; otro se carga cuando se pide por primera vez"
    ),
    "the default model first": "el modelo predeterminado primero",
    '"ok"': '"ok"',
    "of these answers; it is raised when a field changes its meaning or goes away": (
        "de estas respuestas; aumenta cuando un campo cambia de significado o desaparece"
    ),
    "the default model": "el modelo predeterminado",
    "What is refused": "Qué se rechaza",
    "The answer is {answer}, and the status says of what kind it is.": (
        "La respuesta es {answer}, y el estado dice de qué tipo es."
    ),
    "Gradio's clients raise an error with the same sentence.": (
        "Los clientes de Gradio lanzan un error con la misma frase."
    ),
    "status": "estado",
    "because": "porque",
    "the picture cannot be read, or a setting makes no sense": (
        "la imagen no se puede leer o un ajuste no tiene sentido"
    ),
    "there is no such model": "ese modelo no existe",
    "too large": "es demasiado grande",
    "neither a form nor a picture": "no es ni un formulario ni una imagen",
    "too many are asking at once, or there is no model": "demasiados preguntan a la vez o no hay ningún modelo",
}
