/*
 * sscard.h: the function library of 人社信息函〔2016〕38号 for social security cards.
 *
 * Each function returns 0 and its output in pOutInfo, or an error number of annex A.1 and its meaning in pOutInfo.
 * Texts are GBK and end in NUL. A text that does not end within its documented size, a NULL, and a pOutInfo of NULL
 * are -14, and nothing has been done. Of pOutInfo no more is written than the text and its NUL.
 *
 * iType: 1 contact, 2 contactless, 3 either, contact first, 4 either, contactless first. The first call of any
 * sequence is iReadCardBas. All functions may be called from any thread.
 */
#ifndef SSCARD_H
#define SSCARD_H

#if defined(_WIN32)
#define SSCARD_CALL __stdcall
#if defined(SSCARD_BUILD)
#define SSCARD_API __declspec(dllexport)
#else
#define SSCARD_API __declspec(dllimport)
#endif
#else
#define SSCARD_CALL
#define SSCARD_API __attribute__((visibility("default")))
#endif

/* Sizes of the callers' buffers in bytes, the NUL included. */
#define SSCARD_BASIC_SIZE 1024        /* pOutInfo of iReadCardBas… and iDoDebit… */
#define SSCARD_FILES_SIZE (20 * 1024) /* pOutInfo of iReadCard… and iWriteCard…; pFileAddr, pWriteData at most */
#define SSCARD_PIN_SIZE 512           /* pOutInfo of the PIN functions */
#define SSCARD_RECORD_SIZE 2048       /* pOutInfo of iReadDebitRecord */
#define SSCARD_TEXT_SIZE 128          /* pKey, pCardInfo, pPayInfo at most */

#ifdef __cplusplus
extern "C" {
#endif

/* 读基本信息 */
SSCARD_API long SSCARD_CALL iReadCardBas(int iType, char *pOutInfo);
SSCARD_API long SSCARD_CALL iReadCardBas_HSM_Step1(int iType, char *pOutInfo);
SSCARD_API long SSCARD_CALL iReadCardBas_HSM_Step2(char *pKey, char *pOutInfo);

/* 通用读卡 */
SSCARD_API long SSCARD_CALL iReadCard(int iType, int iAuthType, char *pCardInfo, char *pFileAddr, char *pOutInfo);
SSCARD_API long SSCARD_CALL iReadCard_HSM_Step1(int iType, char *pCardInfo, char *pFileAddr, char *pOutInfo);
SSCARD_API long SSCARD_CALL iReadCard_HSM_Step2(char *pKey, char *pOutInfo);

/* 通用写卡 */
SSCARD_API long SSCARD_CALL iWriteCard(int iType, char *pCardInfo, char *pFileAddr, char *pWriteData, char *pOutInfo);
SSCARD_API long SSCARD_CALL iWriteCard_HSM_Step1(int iType, char *pCardInfo, char *pFileAddr, char *pOutInfo);
SSCARD_API long SSCARD_CALL iWriteCard_HSM_Step2(char *pKey, char *pWriteData, char *pOutInfo);

/* PIN，由持卡人在读卡器键盘上输入 */
SSCARD_API long SSCARD_CALL iVerifyPIN(int iType, char *pOutInfo);
SSCARD_API long SSCARD_CALL iChangePIN(int iType, char *pOutInfo);
SSCARD_API long SSCARD_CALL iReloadPIN(int iType, char *pCardInfo, char *pOutInfo);
SSCARD_API long SSCARD_CALL iReloadPIN_HSM_Step1(int iType, char *pCardInfo, char *pOutInfo);
SSCARD_API long SSCARD_CALL iReloadPIN_HSM_Step2(char *pKey, char *pOutInfo);
SSCARD_API long SSCARD_CALL iReloadPIN_HSM_Step3(char *pKey, char *pOutInfo);
SSCARD_API long SSCARD_CALL iUnblockPIN(int iType, char *pCardInfo, char *pOutInfo);
SSCARD_API long SSCARD_CALL iUnblockPIN_HSM_Step1(int iType, char *pCardInfo, char *pOutInfo);
SSCARD_API long SSCARD_CALL iUnblockPIN_HSM_Step2(char *pKey, char *pOutInfo);
SSCARD_API long SSCARD_CALL iUnblockPIN_HSM_Step3(char *pKey, char *pOutInfo);

/* 消费 */
SSCARD_API long SSCARD_CALL iDoDebit(int iType, char *pCardInfo, char *pPayInfo, char *pOutInfo);
SSCARD_API long SSCARD_CALL iDoDebit_HSM_Step1(int iType, char *pCardInfo, char *pPayInfo, char *pOutInfo);
SSCARD_API long SSCARD_CALL iDoDebit_HSM_Step2(char *pKey, char *pOutInfo);
SSCARD_API long SSCARD_CALL iReadDebitRecord(int iType, char *pOutInfo);

#ifdef __cplusplus
}
#endif
#endif
