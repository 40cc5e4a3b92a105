// The chat beside the tiles. Everything is text.

export class Chat {
  constructor(call) {
    this.call = call;
    this.panel = document.getElementById('chat');
    this.log = document.getElementById('chat-log');
    this.input = document.getElementById('chat-text');
    this.log.replaceChildren();
    document.getElementById('chat-form').onsubmit = (event) => {
      event.preventDefault();
      const message = this.input.value.trim();
      if (!message) return;
      call.chat(message);
      this.add(call.name, message);
      this.input.value = '';
    };
  }

  toggle() {
    this.panel.hidden = !this.panel.hidden;
    if (!this.panel.hidden) this.input.focus();
    return !this.panel.hidden;
  }

  add(name, message) {
    const line = document.createElement('li');
    const who = document.createElement('b');
    who.textContent = name;
    line.append(who, message);
    this.log.append(line);
    this.log.scrollTop = this.log.scrollHeight;
  }
}
