// The page's texts in English and Korean. A key that a language lacks falls back to English.

export const texts = {
  en: {
    title: 'Heddle',
    tagline: 'Group calls, directly or through the router.',
    name: 'Your name', room: 'Room', camera: 'Camera', microphone: 'Microphone', none: 'None', any: 'Default',
    join: 'Join',
    preview: 'Preview of your camera',
    loudspeaker: 'Loudspeaker', secondCamera: 'Second camera', secondCameraOn: 'Your second camera is on', secondCameraOff: 'Your second camera is off', secondCameraFailed: 'The second camera could not be opened: another program may be using it, or it takes too much of its connection. Choose another one, or go on without.', level: 'Microphone level', testSound: 'Test sound', noTestSound: 'No sound could be played', previewOpening: 'Waiting for the camera…', previewOff: 'Camera is off', previewWhenJoined: 'The camera comes on when you join',
    suppressNoise: 'Suppress noise', blurBackground: 'Blur background', noiseFailed: 'Noise could not be suppressed here. You are heard as before.', blurFailed: 'The background could not be blurred here. Your camera is off.',
    settings: 'Settings', close: 'Close', understood: 'OK', addCamera: 'Add camera', addMicrophone: 'Add microphone',
    bothDenied: 'The browser does not allow camera and microphone. You can watch and listen. Allow them beside the page’s address, and they are used at once.',
    cameraDenied: 'The browser does not allow the camera. Allow it beside the page’s address, and it is used at once.',
    microphoneDenied: 'The browser does not allow the microphone. Allow it beside the page’s address, and it is used at once.',
    bothBusy: 'Camera and microphone could not be opened: another program may be using them. Close it, then switch them on again, or go on without.',
    cameraBusy: 'The camera could not be opened: another program may be using it. Close it, then switch the camera on again, or go on without.',
    microphoneBusy: 'The microphone could not be opened: another program may be using it. Close it, then switch the microphone on again, or go on without.',
    bothMissing: 'No camera and no microphone were found. You can watch and listen, or plug them in and switch them on.',
    cameraMissing: 'No camera was found. Plug one in and switch it on, or go on without.',
    microphoneMissing: 'No microphone was found. Plug one in and switch it on, or go on without.',
    bothEnded: 'Camera and microphone are off: they were unplugged, or the browser does not allow them any more. Switch them on again when they are back.',
    cameraEnded: 'Your camera is off: it was unplugged, or the browser does not allow it any more. Switch it on again when it is back.',
    microphoneEnded: 'Nobody hears you: the microphone was unplugged, or the browser does not allow it any more. Switch it on again when it is back.',
    insecure: 'Browsers give camera and microphone only to pages whose address begins with https. You can watch and listen. To be seen and heard, open the page by https; if there is no such address, whoever runs the server has to give it a certificate.',
    soundBlocked: 'The browser does not play sound before you touch the page. Press anywhere to hear the others.',
    frozen: 'frozen picture', good: 'Good connection', fair: 'weak connection', poor: 'bad connection',
    lostByOthers: 'No connection to {names}. Trying again…',
    statsLost: 'lost {n}', statsRtt: 'round trip {n} ms', statsSent: 'sent {rate}', statsSentAudio: 'sound sent {rate}', statsAudio: 'sound {rate}, lost {n}',
    pin: 'Make large', unpin: 'Not large any more',
    keysOn: 'Keyboard shortcuts', leaveQuestion: 'Leave the call?', stay: 'Stay', copyByHand: 'The browser did not copy the link. Copy it by hand:',
    addressWrong: 'The address says {said}, which cannot be and counts as not said. What can be: {known}.',
    sizeUnknown: 'The address asks for a picture of {size}, which is no size like 640x360 or 640x360@15: it is 640x360.',
    codecUnknown: 'This browser cannot send the codec {codec} that the address asks for: it chooses another.',
    linkAlone: 'The copied link is without your invitation, which is for you alone: whoever opens it needs one of their own.',
    sharing: 'You are sharing your screen', sharingEnded: 'You do not share your screen any more',
    sharesScreen: '{name} shares a screen', came: '{name} has joined', went: '{name} has left', manyCame: '{n} people have joined', manyWent: '{n} people have left',
    waiting: 'Waiting for camera and microphone. If the browser asks, allow them, or choose “None”.',
    noWebRtc: 'This browser cannot take part in calls: it has no WebRTC, or it is switched off. Switch it on, or use another browser.',
    badRoom: 'A room has 1 to 64 letters from A to Z, digits, dots, dashes or underscores.',
    badName: 'Please enter a name of at most 64 characters.',
    mute: 'Mute', unmute: 'Unmute', cameraOff: 'Camera off', cameraOn: 'Camera on', share: 'Share screen', unshare: 'Stop sharing', shareAnother: 'Share another screen',
    leave: 'Leave', copy: 'Copy link', copied: 'Link copied.', statistics: 'Statistics', chat: 'Chat', chatUnread: 'Chat: new messages', send: 'Send', message: 'Message', notSent: 'Not sent: there is no connection to the server. Send it again when the call is back.',
    more: 'More', viewMenu: 'View', grid: 'Grid', speaker: 'Speaker', sidebar: 'Speaker with sidebar', picturesAll: 'All pictures', picturesSmall: 'Save data: small pictures', picturesNone: 'Audio only', fullScreen: 'Full screen', fullScreenEnd: 'Leave full screen', smallWindow: 'Picture in picture', smallWindowEnd: 'End picture in picture', layoutGroup: 'Layout', mixLayoutGroup: 'Picture of everybody', picturesGroup: 'Pictures', windowGroup: 'Window', connectionIs: 'Connection: {mode}', pinAuto: 'Automatic', pinMesh: 'Direct', pinSfu: 'By the router', pinMcu: 'Mixed by the server',
    mixGroup: 'One picture and one sound of all', mixOn: 'On, for me alone', mixOff: 'Off, unless for everybody',
    mixedForLink: 'Your link is too slow for all pictures: everybody comes in one', mixedForDevice: 'This device is too slow for all pictures: everybody comes in one',
    whyOwn: 'chosen by you, for yourself', whyWeakLink: 'your link is too slow for all pictures', whyWeakDevice: 'this device is too slow for all pictures',
    whyNone: 'everybody reaches everybody', whyPin: 'chosen for this room', whyPinBy: 'chosen by {name}', pinned: 'chosen for this room: {mode}', pinnedBy: '{name} chose: {mode}', pinTold: 'How this room is connected was chosen: {mode}.', pinTooOften: 'The way of connecting was changed too often just now. Try again in ten seconds.', pinToldBy: '{name} chose how this room is connected: {mode}.', whyServer: 'this server has no other', whyCapability: 'somebody’s program has no other', whyAlone: 'nobody else is here',
    whyPair: 'two people cannot reach each other directly', whyUnproven: 'direct paths are being tried', whyNoMixer: 'no mixer is there yet', whyMixersBusy: 'too many mixers run already', whyNeeded: 'something in the room needs it',
    whyCount: 'too many people for a direct one', whyUplink: 'somebody’s connection is too slow for a direct one', whyCpu: 'somebody’s device is too slow for a direct one',
    captions: 'Captions', language: '한국어', page: 'Page {n} of {m}', previous: 'Previous page', next: 'Next page', people: 'Participants',
    nameless: 'no name', you: 'you', screen: 'screen', screen2: 'screen 2', camera2: 'camera 2', muted: 'muted', noCamera: 'camera off', away: 'reconnecting', paused: 'picture paused, your connection is slow', unheard: 'not heard now, your connection is slow',
    cannotPlay: 'This device cannot play {name}’s video{codec}.', cannotHear: 'This device cannot play {name}’s sound{codec}.',
    alone: 'Nobody else is here yet. Copy the link and send it.', aloneAgain: 'All others have left. To invite somebody, copy the link and send it.',
    connecting: 'Connecting…', connected: 'Connected', disconnected: 'Connection lost, trying to get it back…',
    reconnecting: 'Reconnecting ({n}/{m})…', failed: 'The connection failed. Check your network, then join again.',
    loopbackOnly: 'The server’s computer has no network, so browsers cannot connect to it. Connect it to one, then start the server again.',
    offline: 'This device is offline. The call comes back with the network.', serverLost: 'The server does not answer. Trying again…', rejoin: 'Join again',
    refused: 'The server did not let you in: {text}', left: 'You have left the room. Camera and microphone are off.',
    refusedRoomFull: 'The room is full. Try again when somebody has left, or choose another room.',
    refusedAddressFull: 'Most who are in the room came from your network, and its last places are for others. Try again when somebody has left.',
    refusedTooManyRooms: 'The server has no place for another room now. Try again later, or join a room that exists.',
    refusedToken: 'The server does not know this invitation: its signature is wrong, or the link is not complete. Ask for a new link.',
    refusedTokenClaim: 'There is a mistake in this invitation: {text}. Ask who made it for a new link.',
    refusedTokenMissing: 'This server lets in only people who have an invitation. Ask for a link.',
    refusedTokenExpired: 'The invitation has expired. Ask for a new link.',
    refusedTokenEarly: 'The invitation does not hold yet. Try again at the time that it is for.',
    refusedTokenElsewhere: 'The invitation is for another room. Correct the room’s name, or ask for a link to this one.',
    refusedTooFast: 'There were too many requests in a short time. Wait a minute, then join again.',
    refusedReplaced: 'The call goes on in another window or on another device. Join again to have it here.',
    refusedNoAnswer: 'The server does not answer. Check your connection, then join again.',
    refusedNoConnection: 'This browser makes no connection for the call: {text}',
    modeMesh: 'direct', modeSfu: 'router', modeMcu: 'mixed', mixTile: 'Everybody', participants: '{n} here', shortcuts: 'M mute · V camera · S screen · C chat · P participants · H hand and reactions · I statistics · L leave · arrows turn pages · hold Space to talk while muted',
    nobodyThere: 'Nobody is in this room yet.', manyThere: 'In the room: {n}.', theseThere: 'In the room: {names}.', someThere: 'In the room: {names} and {n} more.', roomIsLocked: 'It is locked.', roomWaits: 'A host lets people in.', roomIsRecorded: 'It is being recorded.', roomIsEncrypted: 'It is end-to-end encrypted.', roomNeedsKey: 'It is end-to-end encrypted, and your link is without its key: ask somebody inside for the whole link.',
    peopleList: 'List of participants', searchPeople: 'Search participants', nobodyFound: 'Nobody is called so.', actsFor: 'Actions for {name}',
    host: 'host', handUp: 'hand raised', reactions: 'Reactions', raiseHand: 'Raise hand', lowerHand: 'Lower hand', raisedHand: '{name} has raised a hand', reacted: '{name}: {reaction}',
    'reaction-thumbs-up': 'thumbs up', 'reaction-clap': 'applause', 'reaction-heart': 'heart', 'reaction-laugh': 'laughter', 'reaction-surprise': 'surprise', 'reaction-party': 'celebration',
    hostActs: 'For the whole room', muteAll: 'Mute everybody', lockRoom: 'Lock room', waitingRoom: 'Waiting room', waitingCount: 'Waiting: {n}', admit: 'Let in', deny: 'Refuse', admitAll: 'Let all in', admitPerson: 'Let {name} in', denyPerson: 'Refuse {name}', endRoom: 'End for all', writeTo: 'Write privately', volume: 'Volume…', volumeOf: 'How loud {name} is for you', muteTheirs: 'Mute', askUnmute: 'Ask to unmute',
    cameraOffTheirs: 'Turn camera off', askCamera: 'Ask for the camera', endTheirScreen: 'End screen sharing', camera2OffTheirs: 'Turn second camera off', endTheirScreen2: 'End second screen', lowerTheirs: 'Lower hand', makeHost: 'Make host', removeThem: 'Remove from the room',
    makeHostQuestion: 'Make {name} the host? You will not be host any more.', removeQuestion: 'Remove {name} from the room?', endQuestion: 'End the call for everybody?', reason: 'Reason (optional)', cancel: 'Cancel', removeAct: 'Remove',
    somebodyWaits: 'Waiting to be let in: {names}.', waitingTitle: 'You are waiting to be let in', waitingWords: 'A host of this room sees that you are here. Nobody sees or hears you before you are in.',
    refusedDenied: 'A host did not let you in.', refusedEmpty: 'Everybody has left the room. Join again to open a new one.',
    encrypt: 'End-to-end encryption', roomKey: 'Key of this room, or the whole link', encryptWords: 'Only people with the whole link see and hear the call; the server can neither do so nor record it.', encrypted: 'encrypted', encryptedWhat: 'Sound and pictures are end-to-end encrypted: nobody without the key of this room can hear or see them, nor can the server. Chat, files, names and who is here are not.',
    wrongKeyHere: 'encrypted with another key', wrongKey: 'You do not see or hear {names}: what they send is encrypted with another key. Compare the links by which you came.', ownKeyWrong: 'You see and hear nobody: all others encrypt with another key than yours. Ask one of them for the whole link.',
    encryptionFailed: 'The encryption of this call did not start: nobody sees or hears you, and you see and hear nobody. Reload the page, then join again.', reload: 'Reload',
    noEncryption: 'This link is for an encrypted room, and this browser cannot encrypt calls. Use another browser, or a newer one.',
    refusedEncrypted: 'The room is end-to-end encrypted, and your link is without its key. Ask somebody inside for the whole link.',
    refusedNotEncrypted: 'The room is not end-to-end encrypted. Switch encryption off, or choose another room.',
    mutedByHost: '{name} (host) has muted your microphone.', cameraOffByHost: '{name} (host) has turned your camera off.', camera2OffByHost: '{name} (host) has turned your second camera off.', screenEndedByHost: '{name} (host) has ended your screen sharing.',
    youAreHost: 'You are the host now.', askedOf: '{name} has been asked.', isHostNow: '{name} is the host now.', mutedSpeech: 'You are muted: nobody hears you.', audioOnly: 'Audio only: the pictures of the others are switched off.',
    askedToUnmute: '{name} (host) asks you to unmute your microphone.', askedForCamera: '{name} (host) asks you to turn your camera on.',
    record: 'Record', recordEnd: 'Stop recording', recording: 'Recording', recordingEndedAfter: 'The recording has ended. It ran for {time}.', recordEndQuestion: 'Stop recording?', recordEndQuestionAfter: 'Stop recording? It has run for {time}.', recordingBegan: 'This call is being recorded.', recordingEnded: 'The recording has ended.',
    recordingInterrupted: 'The recording was interrupted and starts again.', recordingPushFailed: 'The live stream does not reach its server. It is tried again; the recording goes on.', recordingPushes: 'The live stream reaches its server again.', recordingNone: 'The recording did not start: no recorder is there.', recordingFailed: 'The recording does not go on: it failed.', recordingDiskFull: 'The recording has ended: the server’s disk is full.', recordingBusy: 'The recording did not start: the server makes as many as it can already. Try again later.',
    chatTo: 'Only {name} gets this.', chatToGone: '{name} has left and gets nothing more.', chatToAll: 'Write to all', messageToAll: 'Message to all', messageToOne: 'Message to {name} alone', answerPrivately: 'Answer privately', chatNew: 'New messages ↓', privately: 'privately to {name}',
    sendFile: 'Send a file', dropForAll: 'Drop files to offer them to everybody.', dropForOne: 'Drop files to offer them to {name} alone.', fileFrom: '{name} · {size}', fileFromToYou: '{name}, to you alone · {size}', fileTo: 'to {name} alone · {size}', fileToAll: 'to all · {size}',
    fileAccept: 'Accept', fileDecline: 'Decline', fileSave: 'Save', fileRemove: 'Remove', acceptFile: 'Accept {file}', declineFile: 'Decline {file}', cancelFile: 'Cancel {file}', saveFile: 'Save {file}', removeFile: 'Remove {file}', fileProgress: 'Progress of {file}',
    fileOffered: '{name} offers you {file}, {size}.', filesOffered: '{n} files are offered to you.', filesShow: 'Show', fileHasCome: '{file} has come.', fileOneHas: '{name} has {file}.', fileTooLarge: 'It is too large for this browser. A program takes it: heddle-client --receive-files.', filesTooMany: 'Not offered: {n}. You may offer {most} files at once. Cancel one first.',
    fileNotYet: 'Nobody has taken it yet.', fileForLater: 'Nobody else is here. Who comes can take it.', fileNotYetByOne: '{name} has not taken it yet.', fileLeftBefore: '{name} left before taking it.', filePercent: '{n} %', fileTheirs: '{name}: {words}', fileMore: 'and {n} more', fileHas: 'has it', fileToSave: 'It has come. Save it to keep it.', fileSaved: 'It has come, and is saved.', fileDeclined: 'declined', fileGivenUp: 'stopped it', fileCannotSave: 'could not save it', fileTheyLeft: 'left', fileFailed: 'did not come whole',
    fileWithdrawn: '{name} has withdrawn it.', fileCancelled: 'You have cancelled it.', fileUnreadable: 'It cannot be read any more.', fileUnsaved: 'It could not be saved: there is no place, or it is not allowed.', fileDifferent: 'What came is not what was sent. Ask for it again.', fileLeft: '{name} was gone before all of it came.', fileLost: 'Some of it was lost on the way. Ask for it again.',
    refusedBack: 'A host has removed you from this room a moment ago. It lets you in again after ten minutes.',
    refusedRemoved: '{by} (host) has removed you from the room. {reason}', refusedEnded: '{by} (host) has ended the call.', refusedLocked: 'The room is locked: nobody new is let in now. Ask somebody inside, then try again.',
  },
  ko: {
    tagline: '직접 또는 라우터를 통한 그룹 통화.',
    name: '이름', room: '방', camera: '카메라', microphone: '마이크', none: '없음', any: '기본',
    join: '참가',
    preview: '내 카메라 미리보기',
    loudspeaker: '스피커', secondCamera: '두 번째 카메라', secondCameraOn: '두 번째 카메라가 켜졌습니다', secondCameraOff: '두 번째 카메라가 꺼졌습니다', secondCameraFailed: '두 번째 카메라를 열 수 없습니다. 다른 프로그램이 쓰고 있거나 연결이 모자랄 수 있습니다. 다른 카메라를 고르거나 없이 계속하세요.', level: '마이크 음량', testSound: '테스트 소리', noTestSound: '소리를 재생할 수 없습니다', previewOpening: '카메라를 기다리는 중…', previewOff: '카메라가 꺼져 있습니다', previewWhenJoined: '참가하면 카메라가 켜집니다',
    suppressNoise: '소음 제거', blurBackground: '배경 흐리게', noiseFailed: '여기에서는 소음을 제거할 수 없습니다. 전과 같이 들립니다.', blurFailed: '여기에서는 배경을 흐리게 할 수 없습니다. 카메라를 껐습니다.',
    settings: '설정', close: '닫기', understood: '확인', addCamera: '카메라 추가', addMicrophone: '마이크 추가',
    bothDenied: '브라우저가 카메라와 마이크를 허용하지 않습니다. 보고 들을 수는 있습니다. 주소 표시줄에서 허용하면 바로 사용합니다.',
    cameraDenied: '브라우저가 카메라를 허용하지 않습니다. 주소 표시줄에서 허용하면 바로 사용합니다.',
    microphoneDenied: '브라우저가 마이크를 허용하지 않습니다. 주소 표시줄에서 허용하면 바로 사용합니다.',
    bothBusy: '카메라와 마이크를 열 수 없습니다. 다른 프로그램이 쓰고 있을 수 있습니다. 그 프로그램을 닫고 다시 켜거나 없이 계속하세요.',
    cameraBusy: '카메라를 열 수 없습니다. 다른 프로그램이 쓰고 있을 수 있습니다. 그 프로그램을 닫고 카메라를 다시 켜거나 없이 계속하세요.',
    microphoneBusy: '마이크를 열 수 없습니다. 다른 프로그램이 쓰고 있을 수 있습니다. 그 프로그램을 닫고 마이크를 다시 켜거나 없이 계속하세요.',
    bothMissing: '카메라와 마이크를 찾지 못했습니다. 보고 들을 수는 있습니다. 쓰려면 연결한 뒤 켜세요.',
    cameraMissing: '카메라를 찾지 못했습니다. 연결한 뒤 켜거나 없이 계속하세요.',
    microphoneMissing: '마이크를 찾지 못했습니다. 연결한 뒤 켜거나 없이 계속하세요.',
    bothEnded: '카메라와 마이크가 꺼졌습니다. 연결이 빠졌거나 브라우저가 더는 허용하지 않습니다. 돌아오면 다시 켜세요.',
    cameraEnded: '카메라가 꺼졌습니다. 연결이 빠졌거나 브라우저가 더는 허용하지 않습니다. 돌아오면 다시 켜세요.',
    microphoneEnded: '내 소리가 들리지 않습니다. 마이크 연결이 빠졌거나 브라우저가 더는 허용하지 않습니다. 돌아오면 다시 켜세요.',
    insecure: '브라우저는 주소가 https로 시작하는 페이지에만 카메라와 마이크를 허용합니다. 보고 들을 수는 있습니다. 말하고 보이려면 https 주소로 여세요. 그런 주소가 없으면 서버 운영자가 인증서를 설치해야 합니다.',
    soundBlocked: '페이지를 누르기 전에는 브라우저가 소리를 재생하지 않습니다. 아무 데나 눌러 다른 사람을 들으세요.',
    frozen: '화면 멈춤', good: '연결 좋음', fair: '연결 약함', poor: '연결 나쁨',
    lostByOthers: '{names} 님과 연결이 끊겼습니다. 다시 시도하는 중…',
    statsLost: '손실 {n}', statsRtt: '왕복 {n} ms', statsSent: '보냄 {rate}', statsSentAudio: '소리 보냄 {rate}', statsAudio: '소리 {rate}, 손실 {n}',
    pin: '크게 보기', unpin: '크게 보기 해제',
    keysOn: '키보드 단축키', leaveQuestion: '통화에서 나갈까요?', stay: '머무르기', copyByHand: '브라우저가 링크를 복사하지 못했습니다. 직접 복사하세요:',
    addressWrong: '주소의 {said}은(는) 쓸 수 없는 값이어서 무시합니다. 쓸 수 있는 값: {known}.',
    sizeUnknown: '주소에 있는 영상 크기 {size}은(는) 640x360이나 640x360@15 같은 크기가 아니어서 640x360을 사용합니다.',
    codecUnknown: '이 브라우저는 주소에 있는 코덱 {codec}(으)로 보낼 수 없어 다른 코덱을 사용합니다.',
    linkAlone: '복사한 링크에는 본인 전용 초대가 들어 있지 않습니다. 링크를 여는 사람은 자신의 초대가 필요합니다.',
    sharing: '내 화면을 공유하고 있습니다', sharingEnded: '화면 공유가 끝났습니다',
    sharesScreen: '{name} 님이 화면을 공유합니다', came: '{name} 님이 들어왔습니다', went: '{name} 님이 나갔습니다', manyCame: '{n}명이 들어왔습니다', manyWent: '{n}명이 나갔습니다',
    waiting: '카메라와 마이크를 기다리고 있습니다. 브라우저가 물으면 허용하거나, “없음”을 선택하세요.',
    noWebRtc: '이 브라우저로는 통화할 수 없습니다. WebRTC가 없거나 꺼져 있습니다. 켜거나 다른 브라우저를 사용하세요.',
    badRoom: '방 이름은 영문자, 숫자, 점, 대시, 밑줄 1~64자입니다.',
    badName: '이름을 64자 이내로 입력하세요.',
    mute: '음소거', unmute: '음소거 해제', cameraOff: '카메라 끄기', cameraOn: '카메라 켜기', share: '화면 공유', unshare: '공유 중지', shareAnother: '화면 하나 더 공유',
    leave: '나가기', copy: '링크 복사', copied: '링크를 복사했습니다.', statistics: '통계', chat: '채팅', chatUnread: '채팅: 새 메시지', send: '보내기', message: '메시지', notSent: '서버와 연결이 끊겨 보내지 못했습니다. 통화가 돌아오면 다시 보내세요.',
    more: '더 보기', viewMenu: '보기', grid: '격자', speaker: '발표자', sidebar: '발표자와 옆줄', picturesAll: '모든 영상', picturesSmall: '데이터 절약: 작은 영상', picturesNone: '소리만', fullScreen: '전체 화면', fullScreenEnd: '전체 화면 끝내기', smallWindow: 'PIP 모드', smallWindowEnd: 'PIP 모드 끝내기', layoutGroup: '배치', mixLayoutGroup: '합성 화면의 배치', picturesGroup: '영상', windowGroup: '창', connectionIs: '연결: {mode}', pinAuto: '자동', pinMesh: '직접', pinSfu: '라우터', pinMcu: '서버에서 합성',
    mixGroup: '모두를 한 영상과 한 소리로', mixOn: '나만 켜기', mixOff: '끄기 (모두에게 적용될 때만)',
    mixedForLink: '연결이 느려 모두를 한 영상으로 보여 드립니다', mixedForDevice: '기기가 느려 모두를 한 영상으로 보여 드립니다',
    whyOwn: '내가 나만을 위해 선택함', whyWeakLink: '내 연결이 모든 영상에는 느림', whyWeakDevice: '이 기기가 모든 영상에는 느림',
    whyNone: '모두 서로 직접 연결됨', whyPin: '이 방에 지정됨', whyPinBy: '{name} 님이 지정함', pinned: '이 방에 지정: {mode}', pinnedBy: '{name} 님이 지정: {mode}', pinTold: '이 방의 연결 방식이 지정되었습니다: {mode}.', pinTooOften: '연결 방식을 방금 너무 자주 바꿨습니다. 10초 뒤에 다시 시도하세요.', pinToldBy: '{name} 님이 이 방의 연결 방식을 지정했습니다: {mode}.', whyServer: '이 서버의 유일한 방식', whyCapability: '직접 연결할 수 없는 프로그램이 있음', whyAlone: '다른 사람이 없음',
    whyPair: '서로 직접 연결되지 않는 사람이 있음', whyUnproven: '직접 연결을 시험하는 중', whyNoMixer: '아직 합성기가 없음', whyMixersBusy: '이미 너무 많은 합성기가 실행 중', whyNeeded: '방의 기능에 필요함',
    whyCount: '직접 연결하기에는 사람이 많음', whyUplink: '직접 연결하기에는 느린 연결이 있음', whyCpu: '직접 연결하기에는 느린 기기가 있음',
    captions: '자막', language: 'English', page: '{m}쪽 중 {n}쪽', previous: '이전 쪽', next: '다음 쪽', people: '참가자',
    nameless: '이름 없음', you: '나', screen: '화면', screen2: '화면 2', camera2: '카메라 2', muted: '음소거됨', noCamera: '카메라 꺼짐', away: '재연결 중', paused: '내 연결이 느려 화면 일시 중지', unheard: '내 연결이 느려 지금 들리지 않음',
    cannotPlay: '이 기기에서는 {name} 님의 영상{codec}을 재생할 수 없습니다.', cannotHear: '이 기기에서는 {name} 님의 소리{codec}를 재생할 수 없습니다.',
    alone: '아직 아무도 없습니다. 링크를 복사해서 보내세요.', aloneAgain: '다른 사람이 모두 나갔습니다. 초대하려면 링크를 복사해서 보내세요.',
    connecting: '연결 중…', connected: '연결됨', disconnected: '연결 끊김 - 복구를 기다리는 중…',
    reconnecting: '재연결 중 ({n}/{m})…', failed: '연결에 실패했습니다. 네트워크를 확인한 뒤 다시 참가하세요.',
    loopbackOnly: '서버 컴퓨터에 네트워크가 없어 브라우저가 연결할 수 없습니다. 컴퓨터를 네트워크에 연결한 뒤 서버를 다시 시작하세요.',
    offline: '기기가 오프라인입니다. 네트워크가 돌아오면 통화가 이어집니다.', serverLost: '서버가 응답하지 않습니다. 다시 시도하는 중…', rejoin: '다시 참가',
    refused: '서버가 참가를 거절했습니다: {text}', left: '방에서 나왔습니다. 카메라와 마이크가 꺼졌습니다.',
    refusedRoomFull: '방이 가득 찼습니다. 누군가 나간 뒤 다시 참가하거나 다른 방을 선택하세요.',
    refusedAddressFull: '방에 있는 사람 대부분이 같은 네트워크에서 참가했으며 남은 자리는 다른 사람을 위한 것입니다. 누군가 나간 뒤 다시 참가하세요.',
    refusedTooManyRooms: '서버에 새 방을 만들 자리가 없습니다. 나중에 다시 시도하거나 이미 있는 방에 참가하세요.',
    refusedToken: '서버가 모르는 초대입니다. 서명이 틀렸거나 링크가 완전하지 않습니다. 새 링크를 요청하세요.',
    refusedTokenClaim: '초대가 잘못 만들어졌습니다: {text}. 만든 사람에게 새 링크를 요청하세요.',
    refusedTokenMissing: '이 서버는 초대받은 사람만 들어갈 수 있습니다. 링크를 요청하세요.',
    refusedTokenExpired: '초대가 만료되었습니다. 새 링크를 요청하세요.',
    refusedTokenEarly: '초대가 아직 유효하지 않습니다. 정해진 시간에 다시 시도하세요.',
    refusedTokenElsewhere: '다른 방의 초대입니다. 방 이름을 고치거나 이 방의 링크를 요청하세요.',
    refusedTooFast: '짧은 시간에 요청이 너무 많았습니다. 1분 뒤 다시 참가하세요.',
    refusedReplaced: '통화가 다른 창이나 기기에서 이어지고 있습니다. 여기서 하려면 다시 참가하세요.',
    refusedNoAnswer: '서버가 응답하지 않습니다. 연결을 확인한 뒤 다시 참가하세요.',
    refusedNoConnection: '이 브라우저가 통화 연결을 만들지 못합니다: {text}',
    modeMesh: '직접', modeSfu: '라우터', modeMcu: '합성', mixTile: '모두', participants: '{n}명', shortcuts: 'M 음소거 · V 카메라 · S 화면 · C 채팅 · P 참가자 · H 손과 반응 · I 통계 · L 나가기 · 화살표 쪽 넘기기 · 음소거 중 Space를 누르고 있으면 말하기',
    nobodyThere: '아직 방에 아무도 없습니다.', manyThere: '방에 {n}명이 있습니다.', theseThere: '방에 있는 사람: {names}.', someThere: '방에 있는 사람: {names} 외 {n}명.', roomIsLocked: '잠겨 있습니다.', roomWaits: '호스트가 들여보내 줍니다.', roomIsRecorded: '녹화 중입니다.', roomIsEncrypted: '종단간 암호화되어 있습니다.', roomNeedsKey: '종단간 암호화되어 있지만 사용한 링크에 키가 없습니다. 안에 있는 사람에게 전체 링크를 요청하세요.',
    peopleList: '참가자 목록', searchPeople: '참가자 검색', nobodyFound: '그런 이름의 참가자가 없습니다.', actsFor: '{name} 님에 대한 작업',
    host: '호스트', handUp: '손 들었음', reactions: '반응', raiseHand: '손 들기', lowerHand: '손 내리기', raisedHand: '{name} 님이 손을 들었습니다', reacted: '{name}: {reaction}',
    'reaction-thumbs-up': '좋아요', 'reaction-clap': '박수', 'reaction-heart': '하트', 'reaction-laugh': '웃음', 'reaction-surprise': '놀람', 'reaction-party': '축하',
    hostActs: '방 전체', muteAll: '모두 음소거', lockRoom: '방 잠그기', waitingRoom: '대기실', waitingCount: '대기 중: {n}명', admit: '수락', deny: '거절', admitAll: '모두 수락', admitPerson: '{name} 님 수락', denyPerson: '{name} 님 거절', endRoom: '모두 종료', writeTo: '개인 메시지 쓰기', volume: '음량…', volumeOf: '{name} 님의 음량 (나에게만)', muteTheirs: '음소거', askUnmute: '음소거 해제 요청',
    cameraOffTheirs: '카메라 끄기', askCamera: '카메라 켜기 요청', endTheirScreen: '화면 공유 끝내기', camera2OffTheirs: '두 번째 카메라 끄기', endTheirScreen2: '두 번째 화면 공유 끝내기', lowerTheirs: '손 내리기', makeHost: '호스트로 지정', removeThem: '방에서 내보내기',
    makeHostQuestion: '{name} 님을 호스트로 지정할까요? 나는 더 이상 호스트가 아니게 됩니다.', removeQuestion: '{name} 님을 방에서 내보낼까요?', endQuestion: '모두의 통화를 종료할까요?', reason: '이유 (선택)', cancel: '취소', removeAct: '내보내기',
    somebodyWaits: '입장을 기다리는 사람: {names}.', waitingTitle: '입장을 기다리고 있습니다', waitingWords: '이 방의 호스트에게 내가 왔다고 표시됩니다. 들어가기 전에는 아무도 나를 보거나 들을 수 없습니다.',
    refusedDenied: '호스트가 입장을 거절했습니다.', refusedEmpty: '모두 방에서 나갔습니다. 다시 참가하면 새 방이 열립니다.',
    encrypt: '종단간 암호화', roomKey: '이 방의 키 또는 전체 링크', encryptWords: '전체 링크를 가진 사람만 보고 들을 수 있습니다. 서버는 볼 수도, 들을 수도, 녹화할 수도 없습니다.', encrypted: '암호화됨', encryptedWhat: '소리와 영상이 종단간 암호화됩니다. 이 방의 키가 없으면 서버도, 누구도 보거나 들을 수 없습니다. 채팅, 파일, 이름, 참가자 목록은 암호화되지 않습니다.',
    wrongKeyHere: '다른 키로 암호화됨', wrongKey: '다른 키로 암호화하여 보거나 들을 수 없는 사람: {names}. 서로 들어온 링크를 비교해 보세요.', ownKeyWrong: '다른 사람들이 모두 나와 다른 키로 암호화하여 아무도 보거나 들을 수 없습니다. 안에 있는 사람에게 전체 링크를 요청하세요.',
    encryptionFailed: '이 통화의 암호화를 시작하지 못했습니다. 아무도 나를 보거나 들을 수 없고, 나도 다른 사람을 보거나 들을 수 없습니다. 페이지를 새로고침한 뒤 다시 참가하세요.', reload: '새로고침',
    noEncryption: '이 링크는 암호화된 방의 링크이지만 이 브라우저는 통화를 암호화할 수 없습니다. 다른 브라우저나 최신 브라우저를 사용하세요.',
    refusedEncrypted: '이 방은 종단간 암호화되어 있지만 사용한 링크에 키가 없습니다. 안에 있는 사람에게 전체 링크를 요청하세요.',
    refusedNotEncrypted: '이 방은 종단간 암호화되어 있지 않습니다. 암호화를 끄거나 다른 방을 선택하세요.',
    mutedByHost: '호스트 {name} 님이 내 마이크를 음소거했습니다.', cameraOffByHost: '호스트 {name} 님이 내 카메라를 껐습니다.', camera2OffByHost: '호스트 {name} 님이 내 두 번째 카메라를 껐습니다.', screenEndedByHost: '호스트 {name} 님이 내 화면 공유를 끝냈습니다.',
    youAreHost: '이제 내가 호스트입니다.', askedOf: '{name} 님에게 요청했습니다.', isHostNow: '이제 {name} 님이 호스트입니다.', mutedSpeech: '음소거 상태라 아무도 듣지 못합니다.', audioOnly: '소리만 듣는 중입니다. 다른 사람의 화면은 꺼 두었습니다.',
    askedToUnmute: '호스트 {name} 님이 마이크를 켜 달라고 합니다.', askedForCamera: '호스트 {name} 님이 카메라를 켜 달라고 합니다.',
    record: '녹화', recordEnd: '녹화 중지', recording: '녹화 중', recordingEndedAfter: '녹화가 끝났습니다. 길이: {time}.', recordEndQuestion: '녹화를 중지할까요?', recordEndQuestionAfter: '녹화를 중지할까요? 지금까지 {time} 동안 녹화했습니다.', recordingBegan: '이 통화는 녹화되고 있습니다.', recordingEnded: '녹화가 끝났습니다.',
    recordingInterrupted: '녹화가 중단되어 다시 시작합니다.', recordingPushFailed: '실시간 방송이 방송 서버에 전달되지 않아 다시 시도하고 있습니다. 녹화는 계속됩니다.', recordingPushes: '실시간 방송이 방송 서버에 다시 전달되고 있습니다.', recordingNone: '녹화할 프로그램이 없어 녹화를 시작하지 못했습니다.', recordingFailed: '문제가 생겨 녹화가 중지되었습니다.', recordingDiskFull: '서버의 저장 공간이 부족하여 녹화가 끝났습니다.', recordingBusy: '서버가 할 수 있는 만큼 이미 녹화하고 있어 녹화를 시작하지 못했습니다. 나중에 다시 시도하세요.',
    chatTo: '{name} 님만 받습니다.', chatToGone: '{name} 님이 나가서 더는 받지 못합니다.', chatToAll: '모두에게 쓰기', messageToAll: '모두에게 보내는 메시지', messageToOne: '{name} 님에게만 보내는 메시지', answerPrivately: '비공개로 답하기', chatNew: '새 메시지 ↓', privately: '{name} 님에게 개인 메시지',
    sendFile: '파일 보내기', dropForAll: '파일을 놓으면 모두에게 보냅니다.', dropForOne: '파일을 놓으면 {name} 님에게만 보냅니다.', fileFrom: '{name} · {size}', fileFromToYou: '{name} · 나에게만 · {size}', fileTo: '{name} 님에게만 · {size}', fileToAll: '모두에게 · {size}',
    fileAccept: '받기', fileDecline: '거절', fileSave: '저장', fileRemove: '지우기', acceptFile: '{file} 받기', declineFile: '{file} 거절', cancelFile: '{file} 취소', saveFile: '{file} 저장', removeFile: '{file} 지우기', fileProgress: '{file} 진행 상황',
    fileOffered: '{name} 님이 파일을 보냅니다: {file}, {size}.', filesOffered: '파일 {n}개를 받을 수 있습니다.', filesShow: '보기', fileHasCome: '파일을 다 받았습니다: {file}.', fileOneHas: '{name} 님이 파일을 받았습니다: {file}.', fileTooLarge: '이 브라우저에는 너무 큰 파일입니다. heddle-client --receive-files 프로그램으로 받을 수 있습니다.', filesTooMany: '파일 {n}개를 보내지 못했습니다. 한 번에 {most}개까지 보낼 수 있으니 먼저 하나를 취소하세요.',
    fileNotYet: '아직 아무도 받지 않았습니다.', fileForLater: '지금은 다른 사람이 없습니다. 나중에 들어오는 사람이 받을 수 있습니다.', fileNotYetByOne: '{name} 님이 아직 받지 않았습니다.', fileLeftBefore: '받기 전에 {name} 님이 나갔습니다.', filePercent: '{n}%', fileTheirs: '{name}: {words}', fileMore: '외 {n}명', fileHas: '받음', fileToSave: '다 받았습니다. 보관하려면 저장하세요.', fileSaved: '다 받아 저장했습니다.', fileDeclined: '거절함', fileGivenUp: '중단함', fileCannotSave: '저장하지 못함', fileTheyLeft: '나감', fileFailed: '온전히 받지 못함',
    fileWithdrawn: '{name} 님이 취소했습니다.', fileCancelled: '취소했습니다.', fileUnreadable: '파일을 더는 읽을 수 없습니다.', fileUnsaved: '저장하지 못했습니다. 공간이 없거나 허용되지 않습니다.', fileDifferent: '받은 내용이 보낸 내용과 다릅니다. 다시 요청하세요.', fileLeft: '다 받기 전에 {name} 님이 나갔습니다.', fileLost: '일부가 도중에 없어졌습니다. 다시 요청하세요.',
    refusedBack: '조금 전에 호스트가 이 방에서 내보냈습니다. 10분이 지나면 다시 들어올 수 있습니다.',
    refusedRemoved: '호스트 {by} 님이 나를 방에서 내보냈습니다. {reason}', refusedEnded: '호스트 {by} 님이 통화를 종료했습니다.', refusedLocked: '방이 잠겨 있어 지금은 새로 들어갈 수 없습니다. 안에 있는 사람에게 부탁한 뒤 다시 참가하세요.',
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

/** Writes a text that follows the language when that changes. */
export function setText(element, key, values = {}) {
  element.dataset.text = key;
  element.dataset.values = JSON.stringify(values);
  element.textContent = text(key, values);
}

/** Names an element, by a tip too, that follows the language. */
export function setLabel(element, key) {
  element.dataset.label = key;
  element.setAttribute('aria-label', text(key));
  const shortcut = element.getAttribute('aria-keyshortcuts');
  element.title = shortcut ? `${text(key)} (${shortcut})` : text(key);
  if ('placeholder' in element) element.placeholder = text(key);
}

/**
 * Fills every element that names its key: data-text its content, data-label its
 * accessible name and title, data-name only the name.
 */
export function translatePage(root = document) {
  for (const element of root.querySelectorAll('[data-text]')) setText(element, element.dataset.text, JSON.parse(element.dataset.values ?? '{}'));
  for (const element of root.querySelectorAll('[data-label]')) setLabel(element, element.dataset.label);
  for (const element of root.querySelectorAll('[data-name]')) element.setAttribute('aria-label', text(element.dataset.name));
}
