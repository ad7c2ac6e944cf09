/** What people write in the journey. Dates lie around today, so that the guarantee is in force whenever it is played. */

export interface WorksDates {
  contract: Date;
  from: Date;
  until: Date;
}

/** Contract today, works from tomorrow for eleven months. */
export function worksDates(today: Date): WorksDates {
  const plus = (days: number) => new Date(today.getTime() + days * 86_400_000);
  return { contract: plus(0), from: plus(1), until: plus(335) };
}

/** 令和8年4月10日, the day in Tokyo. */
export function japaneseDay(date: Date): string {
  const [year, month, day] = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Tokyo" })
    .format(date)
    .split("-")
    .map(Number);
  return `令和${(year ?? 0) - 2018}年${month}月${day}日`;
}

export const WORKS_TITLE = "町道112号線改良工事";
export const ADVANCE_YEN = "20,000,000円";
export const PERFORMANCE_YEN = "5,000,000円";
/** After the amendment: both rise by a tenth. */
export const AMENDED_PRICE = "55,000,000円";
export const AMENDED_YEN = "22,000,000円";

/** The application of 利根建設 for works of 利根町, with the labels of the guarantor's form. */
export function applicationLetter(dates: WorksDates): { subject: string; text: string } {
  const text = `茨城支店　ご担当者様

お世話になっております。利根建設の鈴木です。
下記工事について、電子保証のお手続きをお願いいたします。

発注者名：利根町長
工事名：${WORKS_TITLE}
請負者名：利根建設株式会社
請負金額：50,000,000円
請負契約日：${japaneseDay(dates.contract)}
工期：${japaneseDay(dates.from)}～${japaneseDay(dates.until)}

【前払金保証】
保証証書の形式：電子保証（認証キーを含む）
前払金保証金額：${ADVANCE_YEN}
預託金融機関：見本銀行　利根支店
再預託利用区分：利用しない
前払金保証料支払方法：一括納付
前払金保証料請求先：利根建設株式会社
保証料計算書（紙）：希望しない

【契約保証】
保証証書の形式：電子保証（認証キーを含む）
契約保証金額：${PERFORMANCE_YEN}
契約保証料支払方法：一括納付
契約保証料請求先：利根建設株式会社
保証料計算書（紙）：希望しない

申込送信先：茨城支店
電子保証発行完了のお知らせ：希望する
メールアドレス：suzuki@tone-kensetsu.example
担当部署：総務部
担当者名：鈴木 一郎
連絡先電話番号：0297-00-0000
`;
  return { subject: "電子保証のお申込み（利根町発注工事）", text };
}

/** What the town's clerk writes: number, key and the figures of her contract ledger. */
export function queryLetter(number: string, key: string, figures = true): { subject: string; text: string } {
  const ledger = figures
    ? `工事名：${WORKS_TITLE}\n受注者：利根建設(株)\n請負金額：50,000千円\n保証金額：${ADVANCE_YEN}\n`
    : "";
  return {
    subject: "電子保証の照会",
    text: `利根町財政課です。次の電子保証について照会します。\n\n保証契約番号：${number}\n認証キー：${key}\n${ledger}`,
  };
}
