// Opens the signaling socket while the page's modules are on their way, for a person that joins at once. A classic
// script: the server puts it into the HTML. The call takes the socket (app.js).
if (new URLSearchParams(location.search).get('autojoin') === '1') {
  const url = new URL('ws', location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  window.earlySocket = new WebSocket(url, 'heddle.v1');
}
