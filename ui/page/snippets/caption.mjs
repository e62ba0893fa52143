import { Client, handle_file } from "@gradio/client";

const client = await Client.connect("http://127.0.0.1:7860");
const answer = await client.predict("/caption", { picture: handle_file("photo.jpg"), beam_width: 3 });
const [caption] = answer.data;
console.log(caption.text);
for (const word of caption.words) console.log(word.text, word.probability);
process.exit(); // the client would keep its connection
