/** What the button for callbacks says and looks like; a change of the notice is another version of the consent. */
export const WORDS = {
  open: ['给我回电', 'Call me back'],
  title: ['留下号码，我们打给您', 'Leave your number, we call you'],
  number: ['您的电话', 'Your number'],
  when: ['什么时候', 'When'],
  now: ['尽快', 'As soon as possible'],
  notice: ['号码只用于这次回电。', 'The number is used for this call alone.'],
  privacy: ['隐私说明', 'Privacy'],
  send: ['请给我回电', 'Call me'],
  sending: ['正在提交…', 'Sending…'],
  soon: ['收到，我们马上打给您。也可以直接拨打：', 'Thank you, we are about to call you. Or call us:'],
  then: ['收到，我们将于 {} 打给您。也可以直接拨打：', 'Thank you, we call you on {}. Or call us:'],
  wrong: ['请填写完整的电话号码。', 'Please give a whole telephone number.'],
  failed: ['现在无法提交，请直接拨打：', 'It could not be sent just now. Please call us:'],
  instead: ['请直接拨打：', 'Please call us:'],
  close: ['关闭', 'Close'],
} as const satisfies Record<string, readonly [string, string]>;

export const CSS = `
:host{all:initial!important;position:fixed!important;inset:auto 20px 20px auto!important;z-index:2147483000!important;font:14px/1.5 system-ui,-apple-system,"PingFang SC","Microsoft YaHei",sans-serif!important;color:#1f2733!important}
:host(.left){inset:auto auto 20px 20px!important}
*{box-sizing:border-box;font:inherit}
[hidden]{display:none!important}
button{cursor:pointer;border:0;border-radius:6px;padding:9px 16px;background:#0958d9;color:#fff}
button:disabled{background:#4d5866}
.open{display:block;margin-inline-start:auto;border-radius:24px;padding:12px 20px;box-shadow:0 3px 12px #0004}
:host(.left) .open{margin-inline:0 auto}
.box{position:absolute;bottom:60px;right:0;width:min(320px,calc(100vw - 40px));background:#fff;border:1px solid #dde3ea;border-radius:10px;padding:16px;box-shadow:0 6px 24px #0003}
.box.left{right:auto;left:0}
h2{margin:0 28px 12px 0;font-size:16px;font-weight:600}
.close{position:absolute;top:10px;right:10px;padding:0 9px;background:none;color:#4d5866;font-size:20px}
label{display:block;margin-bottom:10px}
input,select{display:block;width:100%;margin-top:4px;padding:8px;border:1px solid #8a94a0;border-radius:6px;background:#fff;color:inherit}
small{display:block;margin-bottom:10px;font-size:12px;color:#4d5866}
form button{width:100%}
p{margin:0 0 10px;min-height:63px}
p:empty{display:none}
a{color:#0958d9}
:focus-visible{outline:2px solid #0958d9;outline-offset:2px}
`.replace(/\n/g, '');
