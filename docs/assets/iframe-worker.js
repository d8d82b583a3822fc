// Lets the search work where the site is opened as files, without a server: browsers start no workers there. Then the
// search's script runs in a frame of its own. The theme looks for the name IFrameWorker.
if (location.protocol === "file:") {
  window.IFrameWorker = window.Worker = class extends EventTarget {
    #frame = document.createElement("iframe");
    #ready;

    constructor(url) {
      super();
      this.#frame.hidden = true;
      this.#ready = new Promise((done) => this.#frame.addEventListener("load", done, { once: true })).then(() => {
        const inner = this.#frame.contentWindow;
        inner.importScripts = (...urls) => Promise.all(urls.map((one) => load(inner.document, one)));
        inner.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
        return inner.importScripts(url).then(() => inner);
      });
      document.body.append(this.#frame);
    }

    postMessage(data) {
      this.#ready.then((inner) => inner.dispatchEvent(new MessageEvent("message", { data })));
    }

    terminate() {
      this.#frame.remove();
    }
  };

  const load = (page, url) =>
    new Promise((done, failed) => {
      const script = page.createElement("script");
      script.addEventListener("load", done);
      script.addEventListener("error", failed);
      script.src = url;
      page.body.append(script);
    });
}
