curl -F picture=@photo.jpg -F beam_width=3 http://127.0.0.1:7860/api/caption
