from gradio_client import Client, handle_file

client = Client("http://127.0.0.1:7860")
caption = client.predict(picture=handle_file("photo.jpg"), beam_width=3, api_name="/caption")
print(caption["text"])
for word in caption["words"]:
    print(word["text"], word["probability"])
