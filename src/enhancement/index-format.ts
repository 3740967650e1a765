import { createHash } from 'node:crypto';
import { functionWords, negations } from './function-words.js';
import { frequenciesOf } from './ranking.js';
import { magic } from './segments/segment-format.js';

/** Text in which every rule of tokenization has a case. */
const sample = {
  id: '',
  title: 'Wi-Fi drops, not connected: policies of vpn-gw-01, 0x80070005, node.js and the addresses e-mailed',
  extra: 'Drücken über Straße contraseña łącze İstanbul ёлка пароль κωδικός פתיחה كلمة السر',
  text: 'signed in, logged in the event log 打印机 VPN连不上 パスワードを忘れた 開かない 프린터가 เครื่องพิมพ์ पासवर्ड ＶＰＮ error message running stopped matches',
};

/**
 * Identifies what an index holds for a text. It differs between releases whose indexes differ: in the format of segments, in the
 * terms of a text, or in the weights of fields.
 */
export const indexFormat = createHash('sha256')
  .update(JSON.stringify([magic, functionWords, negations, ...frequenciesOf(sample)]))
  .digest('hex');
