// The page's texts in English and Korean. A key that a language lacks falls back to English.

export const texts = {
  en: {
    title: 'Heddle',
    tagline: 'Group calls, directly or through the router.',
    name: 'Your name', room: 'Room', camera: 'Camera', microphone: 'Microphone', none: 'None', any: 'Default',
    join: 'Join', joinWithout: 'Join without camera and microphone',
    preview: 'Preview of your camera',
    noDevices: 'No camera or microphone can be used here. You can still join, watch and listen.',
    noPermission: 'The browser did not allow camera and microphone. You can still join, watch and listen.',
    badRoom: 'A room has 1 to 64 letters, digits, dots, dashes or underscores.',
    badName: 'Please enter a name of at most 64 characters.',
    mute: 'Mute', unmute: 'Unmute', cameraOff: 'Camera off', cameraOn: 'Camera on', share: 'Share screen', unshare: 'Stop sharing',
    leave: 'Leave', copy: 'Copy link', copied: 'Link copied', statistics: 'Statistics', chat: 'Chat', chatUnread: 'Chat: new messages', send: 'Send', message: 'Message',
    layout: 'Layout', grid: 'Grid', speaker: 'Speaker', language: '한국어', page: 'Page {n} of {m}', previous: 'Previous page', next: 'Next page',
    nameless: 'no name', you: 'you', screen: 'screen', muted: 'muted', away: 'reconnecting', starved: 'picture paused, slow connection',
    cannotPlay: 'This device cannot play {name}’s video ({codec}).', cannotHear: 'This device cannot play {name}’s sound ({codec}).',
    alone: 'Nobody else is here yet. Copy the link and send it.',
    connecting: 'Connecting…', connected: 'Connected', disconnected: 'Connection lost, trying to get it back…',
    reconnecting: 'Reconnecting ({n}/{m})…', failed: 'The connection failed.', rejoin: 'Join again',
    refused: 'The server did not let you in: {text}', left: 'You have left the room.',
    modeMesh: 'direct', modeSfu: 'router', participants: '{n} here', shortcuts: 'Keys: M mute · V camera · S screen · C chat · I statistics · L leave',
  },
  ko: {
    tagline: '직접 또는 라우터를 통한 그룹 통화.',
    name: '이름', room: '방', camera: '카메라', microphone: '마이크', none: '없음', any: '기본',
    join: '참가', joinWithout: '카메라와 마이크 없이 참가',
    preview: '내 카메라 미리보기',
    noDevices: '사용할 수 있는 카메라나 마이크가 없습니다. 그래도 참가해서 보고 들을 수 있습니다.',
    noPermission: '브라우저가 카메라와 마이크를 허용하지 않았습니다. 그래도 참가해서 보고 들을 수 있습니다.',
    badRoom: '방 이름은 영문자, 숫자, 점, 대시, 밑줄 1~64자입니다.',
    badName: '이름을 64자 이내로 입력하세요.',
    mute: '음소거', unmute: '음소거 해제', cameraOff: '카메라 끄기', cameraOn: '카메라 켜기', share: '화면 공유', unshare: '공유 중지',
    leave: '나가기', copy: '링크 복사', copied: '링크를 복사했습니다', statistics: '통계', chat: '채팅', chatUnread: '채팅: 새 메시지', send: '보내기', message: '메시지',
    layout: '배치', grid: '격자', speaker: '발표자', language: 'English', page: '{m}쪽 중 {n}쪽', previous: '이전 쪽', next: '다음 쪽',
    nameless: '이름 없음', you: '나', screen: '화면', muted: '음소거됨', away: '재연결 중', starved: '느린 연결로 화면 일시 중지',
    cannotPlay: '이 기기에서는 {name} 님의 영상({codec})을 재생할 수 없습니다.', cannotHear: '이 기기에서는 {name} 님의 소리({codec})를 재생할 수 없습니다.',
    alone: '아직 아무도 없습니다. 링크를 복사해서 보내세요.',
    connecting: '연결 중…', connected: '연결됨', disconnected: '연결 끊김 - 복구를 기다리는 중…',
    reconnecting: '재연결 중 ({n}/{m})…', failed: '연결에 실패했습니다.', rejoin: '다시 참가',
    refused: '서버가 참가를 거절했습니다: {text}', left: '방에서 나왔습니다.',
    modeMesh: '직접', modeSfu: '라우터', participants: '{n}명', shortcuts: '단축키: M 음소거 · V 카메라 · S 화면 · C 채팅 · I 통계 · L 나가기',
  },
};

let language = 'en';

export function chooseLanguage(preferred) {
  language = texts[preferred] ? preferred : 'en';
  document.documentElement.lang = language;
  translatePage();
}

export function currentLanguage() {
  return language;
}

/** The text of a key; `{n}` and the like are replaced from `values`. */
export function text(key, values = {}) {
  const pattern = texts[language][key] ?? texts.en[key] ?? key;
  return pattern.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Fills every element that names its key: data-text its content, data-label its accessible name and title. */
export function translatePage(root = document) {
  for (const element of root.querySelectorAll('[data-text]')) element.textContent = text(element.dataset.text);
  for (const element of root.querySelectorAll('[data-label]')) {
    element.setAttribute('aria-label', text(element.dataset.label));
    element.title = text(element.dataset.label);
  }
}
