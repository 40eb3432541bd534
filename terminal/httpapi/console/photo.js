// The photo in the card is asked for by itself: it takes longer than all else, and only a PSAM opens it.

const absent = -27266; // of the functions: the card does not hold it
const [start, end] = [0xd8, 0xd9]; // of a JPEG, each behind FF

/** The photo of the card that the document was read from, by an address that is to be revoked. */
export async function fetchPhoto(daemon, { reader, interface: on, issuer }) {
  const answer = await daemon.request("POST", "/v1/functions/iReadCard", {
    reader: reader.id,
    iType: on === "contactless" ? 2 : 1,
    iAuthType: 2,
    pCardInfo: `${issuer?.card_id ?? ""}|${issuer?.card_number ?? ""}|`,
    pFileAddr: "SSSEEF08|$",
  });
  if (answer.return === absent) throw { key: "photo.none" };
  if (answer.return !== 0) throw { key: "photo.failed", detail: answer.pOutInfo };
  const bytes = Uint8Array.from(answer.pOutInfo.split("|")[1].match(/../g) ?? [], (digits) => parseInt(digits, 16));
  const at = (i, marker) => bytes[i] === 0xff && bytes[i + 1] === marker;
  let length = bytes.length - 2;
  while (length > 0 && !at(length, end)) length--; // the file is longer than the photo
  if (!at(0, start) || length <= 0) throw { key: "photo.none" };
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([bytes.subarray(0, length + 2)], { type: "image/jpeg" }));
  try {
    await image.decode();
  } catch {
    URL.revokeObjectURL(image.src);
    throw { key: "photo.failed" };
  }
  return image.src;
}
