// The photo in the card is asked for by itself: it takes longer than all else, and only a PSAM opens it.

const absent = -27266; // of the functions: the card does not hold it

/** The address of the photo, which is to be revoked; an empty one where the card has none. */
export async function fetchPhoto(daemon, { reader, interface: on, issuer }) {
  const answer = await daemon.request("POST", "/v1/functions/iReadCard", {
    reader: reader.id,
    iType: on === "contactless" ? 2 : 1,
    iAuthType: 2,
    pCardInfo: `${issuer?.card_id ?? ""}|${issuer?.card_number ?? ""}|`,
    pFileAddr: "SSSEEF08|$",
  });
  if (answer.return === absent) return { photo: "" };
  if (answer.return !== 0) throw { key: "photo.failed", detail: `iReadCard: ${answer.return}` };
  const file = answer.pOutInfo.split("|")[1];
  if (!/^ffd8(..)*?ffd9/i.test(file)) return { photo: "" }; // no JPEG, from its first mark to its last
  const bytes = Uint8Array.from(file.match(/../g), (digits) => parseInt(digits, 16));
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([bytes], { type: "image/jpeg" }));
  try {
    await image.decode();
  } catch {
    URL.revokeObjectURL(image.src);
    throw { key: "photo.failed" };
  }
  return { photo: image.src };
}
