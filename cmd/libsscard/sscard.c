//go:build cgo

#define SSCARD_BUILD
#include "sscard.h"
#include "_cgo_export.h"

#define NUMBER(param) {NULL, 0, param}
#define TEXT(param) {param, SSCARD_TEXT_SIZE, 0}
#define FILES(param) {param, SSCARD_FILES_SIZE, 0}

/* The function's parameters go to the Go side as they are; it finds the function by the name. */
#define CALL(size, ...)                                                                                               \
	{                                                                                                                 \
		sscardParam params[] = {__VA_ARGS__};                                                                         \
		return sscardCall((char *)__func__, params, sizeof params / sizeof *params, pOutInfo, size);                  \
	}

long SSCARD_CALL iReadCardBas(int iType, char *pOutInfo)
CALL(SSCARD_BASIC_SIZE, NUMBER(iType))
long SSCARD_CALL iReadCardBas_HSM_Step1(int iType, char *pOutInfo)
CALL(SSCARD_BASIC_SIZE, NUMBER(iType))
long SSCARD_CALL iReadCardBas_HSM_Step2(char *pKey, char *pOutInfo)
CALL(SSCARD_BASIC_SIZE, TEXT(pKey))

long SSCARD_CALL iReadCard(int iType, int iAuthType, char *pCardInfo, char *pFileAddr, char *pOutInfo)
CALL(SSCARD_FILES_SIZE, NUMBER(iType), NUMBER(iAuthType), TEXT(pCardInfo), FILES(pFileAddr))
long SSCARD_CALL iReadCard_HSM_Step1(int iType, char *pCardInfo, char *pFileAddr, char *pOutInfo)
CALL(SSCARD_FILES_SIZE, NUMBER(iType), TEXT(pCardInfo), FILES(pFileAddr))
long SSCARD_CALL iReadCard_HSM_Step2(char *pKey, char *pOutInfo)
CALL(SSCARD_FILES_SIZE, TEXT(pKey))

long SSCARD_CALL iWriteCard(int iType, char *pCardInfo, char *pFileAddr, char *pWriteData, char *pOutInfo)
CALL(SSCARD_FILES_SIZE, NUMBER(iType), TEXT(pCardInfo), FILES(pFileAddr), FILES(pWriteData))
long SSCARD_CALL iWriteCard_HSM_Step1(int iType, char *pCardInfo, char *pFileAddr, char *pOutInfo)
CALL(SSCARD_FILES_SIZE, NUMBER(iType), TEXT(pCardInfo), FILES(pFileAddr))
long SSCARD_CALL iWriteCard_HSM_Step2(char *pKey, char *pWriteData, char *pOutInfo)
CALL(SSCARD_FILES_SIZE, TEXT(pKey), FILES(pWriteData))

long SSCARD_CALL iVerifyPIN(int iType, char *pOutInfo)
CALL(SSCARD_PIN_SIZE, NUMBER(iType))
long SSCARD_CALL iChangePIN(int iType, char *pOutInfo)
CALL(SSCARD_PIN_SIZE, NUMBER(iType))
long SSCARD_CALL iReloadPIN(int iType, char *pCardInfo, char *pOutInfo)
CALL(SSCARD_PIN_SIZE, NUMBER(iType), TEXT(pCardInfo))
long SSCARD_CALL iReloadPIN_HSM_Step1(int iType, char *pCardInfo, char *pOutInfo)
CALL(SSCARD_PIN_SIZE, NUMBER(iType), TEXT(pCardInfo))
long SSCARD_CALL iReloadPIN_HSM_Step2(char *pKey, char *pOutInfo)
CALL(SSCARD_PIN_SIZE, TEXT(pKey))
long SSCARD_CALL iReloadPIN_HSM_Step3(char *pKey, char *pOutInfo)
CALL(SSCARD_PIN_SIZE, TEXT(pKey))
long SSCARD_CALL iUnblockPIN(int iType, char *pCardInfo, char *pOutInfo)
CALL(SSCARD_PIN_SIZE, NUMBER(iType), TEXT(pCardInfo))
long SSCARD_CALL iUnblockPIN_HSM_Step1(int iType, char *pCardInfo, char *pOutInfo)
CALL(SSCARD_PIN_SIZE, NUMBER(iType), TEXT(pCardInfo))
long SSCARD_CALL iUnblockPIN_HSM_Step2(char *pKey, char *pOutInfo)
CALL(SSCARD_PIN_SIZE, TEXT(pKey))
long SSCARD_CALL iUnblockPIN_HSM_Step3(char *pKey, char *pOutInfo)
CALL(SSCARD_PIN_SIZE, TEXT(pKey))

long SSCARD_CALL iDoDebit(int iType, char *pCardInfo, char *pPayInfo, char *pOutInfo)
CALL(SSCARD_BASIC_SIZE, NUMBER(iType), TEXT(pCardInfo), TEXT(pPayInfo))
long SSCARD_CALL iDoDebit_HSM_Step1(int iType, char *pCardInfo, char *pPayInfo, char *pOutInfo)
CALL(SSCARD_BASIC_SIZE, NUMBER(iType), TEXT(pCardInfo), TEXT(pPayInfo))
long SSCARD_CALL iDoDebit_HSM_Step2(char *pKey, char *pOutInfo)
CALL(SSCARD_BASIC_SIZE, TEXT(pKey))
long SSCARD_CALL iReadDebitRecord(int iType, char *pOutInfo)
CALL(SSCARD_RECORD_SIZE, NUMBER(iType))
