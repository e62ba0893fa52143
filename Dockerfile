# The page in a container: docker build -t captioner . && docker run --rm -p 7860:7860 captioner
FROM python:3.11-slim

RUN useradd --create-home --uid 1000 captioner
WORKDIR /home/captioner/app

COPY requirements-page.lock .
RUN pip install --no-cache-dir --require-hashes -r requirements-page.lock

COPY app.py LICENSE NOTICE ./
COPY captioner captioner
COPY ui ui
COPY examples examples
COPY weights weights

# What the page keeps (models of the Hub, exports) lies in the user's home; the program itself is not the user's to change.
USER captioner
ENV GRADIO_SERVER_NAME=0.0.0.0 PORT=7860 PYTHONUNBUFFERED=1
EXPOSE 7860
HEALTHCHECK --start-period=60s CMD ["python", "-c", "import socket; socket.create_connection(('127.0.0.1', 7860), 5)"]
CMD ["python", "app.py"]
